"""Every accepted e-mail address is a valid Cognito user name."""

import re

import pytest
from botocore.loaders import Loader
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from api.web.fields import EmailAddress

ADAPTER: TypeAdapter[str] = TypeAdapter(EmailAddress)
USERNAME = Loader().load_service_model("cognito-idp", "service-2")["shapes"]["UsernameType"]  # pyright: ignore[reportUnknownMemberType]


def test_address_length_is_measured_in_lower_case() -> None:
    grows = "İ" * 55 + "@example.com"
    assert len(grows) < len(grows.lower())
    assert ADAPTER.validate_python(grows)
    with pytest.raises(ValidationError, match="in lower case"):
        ADAPTER.validate_python("İ" * 64 + "@example.com")


@given(st.text(min_size=1, max_size=64), st.text("abcdefghij-.", min_size=1, max_size=100))
def test_accepted_address_is_valid_cognito_username(local: str, domain: str) -> None:
    try:
        address = ADAPTER.validate_python(f"{local}@{domain}.com")
    except ValidationError:
        return
    assert USERNAME["min"] <= len(address) <= USERNAME["max"]
    assert address == address.lower()
    assert not re.search(r"\s", address)
