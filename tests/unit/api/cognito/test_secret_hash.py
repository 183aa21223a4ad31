import base64
import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from api.cognito.secret_hash import secret_hash


def test_hash_matches_openssl() -> None:
    # printf 'ada@example.comclientid' | openssl dgst -sha256 -hmac client-secret -binary | base64
    expected = "AHQKT5V0SjOK6ZTnFIcqWHEpMjAi0zpt8c3+dQLYXGs="
    assert secret_hash("ada@example.com", "clientid", "client-secret") == expected


@given(st.text(), st.text(), st.text())
def test_hash_matches_developer_guide(username: str, client_id: str, client_secret: str) -> None:
    mac = hmac.new(client_secret.encode(), (username + client_id).encode(), hashlib.sha256)
    assert base64.b64decode(secret_hash(username, client_id, client_secret)) == mac.digest()
