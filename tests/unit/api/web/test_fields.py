"""Every accepted e-mail address is a valid Cognito user name."""

import re

import pytest
from botocore.loaders import Loader
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from api.web.fields import EmailAddress, NewEmailAddress

KNOWN: TypeAdapter[str] = TypeAdapter(EmailAddress)
NEW: TypeAdapter[str] = TypeAdapter(NewEmailAddress)
USERNAME = Loader().load_service_model("cognito-idp", "service-2")["shapes"]["UsernameType"]  # pyright: ignore[reportUnknownMemberType]


def test_address_length_is_measured_in_lower_case() -> None:
    grows = "İ" * 55 + "@example.com"
    assert len(grows) < len(grows.lower())
    assert KNOWN.validate_python(grows)
    with pytest.raises(ValidationError, match="must be an e-mail address"):
        KNOWN.validate_python("İ" * 64 + "@example.com")


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("Ada@Example.COM", "ada@example.com"),
        (" ada@example.com\n", "ada@example.com"),
        ("\ufeffada@example.com\u200b", "ada@example.com"),
        ("\u200b \u200b ada@example.com", "ada@example.com"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@XN--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("ada@bu\u0308cher.example", "ada@xn--bcher-kva.example"),
    ],
)
def test_a4_address_has_one_form_in_ascii(typed: str, sent: str) -> None:
    assert KNOWN.validate_python(typed) == NEW.validate_python(typed) == sent


@pytest.mark.parametrize(
    "address", ["it@corp.local", "ada@localhost", "a..b@docomo.ne.jp", "a.@docomo.ne.jp", "x@my_host.example.com"]
)
def test_a4_address_of_a_pool_is_looked_up_though_it_could_not_sign_up(address: str) -> None:
    assert KNOWN.validate_python(address) == address
    with pytest.raises(ValidationError, match="must be an e-mail address"):
        NEW.validate_python(address)


def test_a4_new_address_that_mails_cannot_reach_is_refused_with_a_sentence() -> None:
    assert KNOWN.validate_python("üser@example.com") == "üser@example.com"
    with pytest.raises(ValidationError, match="letters from A to Z"):
        NEW.validate_python("üser@example.com")


def test_a4_length_of_a_new_address_is_that_of_its_ascii_form() -> None:
    with pytest.raises(ValidationError, match="at most 128 characters"):
        NEW.validate_python("a@" + ".".join(["ä" * 41] * 3))


@pytest.mark.parametrize("adapter", [KNOWN, NEW], ids=["known", "new"])
@given(st.text(min_size=1, max_size=64), st.text("abcdefghij-.", min_size=1, max_size=100))
def test_accepted_address_is_valid_cognito_username(adapter: TypeAdapter[str], local: str, domain: str) -> None:
    try:
        address = adapter.validate_python(f"{local}@{domain}.com")
    except ValidationError:
        return
    assert USERNAME["min"] <= len(address) <= USERNAME["max"]
    assert address == address.lower()
    assert not re.search(r"\s", address)
