"""Bodies of sign-up and verification."""

from typing import Annotated

from pydantic import BaseModel, Field

from api.schemas import Code, EmailAddress, Password, RequestBody


class SignupRequest(RequestBody):
    """A new account."""

    email: EmailAddress
    password: Password


class VerifyRequest(RequestBody):
    """The code from the mail."""

    email: EmailAddress
    code: Code
    password: Annotated[
        Password | None,
        Field(description="The password of the sign-up. A client that still has it should send it."),
    ] = None


class ResendRequest(RequestBody):
    """Where a new code is wanted."""

    email: EmailAddress


class Accepted(BaseModel):
    """The same whether the address is new, taken or unconfirmed."""

    detail: Annotated[str, Field(examples=["If this address can be verified, a code is on its way to it."])]
