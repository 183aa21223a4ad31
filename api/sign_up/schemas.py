"""Bodies of sign-up and verification."""

from typing import Annotated

from pydantic import Field

from api.web.fields import Code, EmailAddress, Password, RequestBody, SealedSession


class SignupRequest(RequestBody):
    """A new account."""

    email: EmailAddress
    password: Annotated[
        Password | None, Field(description="May be absent where the pool lets people in without one.")
    ] = None
    auto_sign_in: Annotated[
        bool, Field(description="Ask for a `session` with which POST /verify signs in, where the pool gives one.")
    ] = False


class VerifyRequest(RequestBody):
    """The code from the mail."""

    email: EmailAddress
    code: Code
    password: Annotated[
        Password | None,
        Field(description="The password of the sign-up. A client that still has it should send it."),
    ] = None
    session: Annotated[
        SealedSession | None, Field(description="The `session` of POST /signup, to be signed in at once.")
    ] = None


class ResendRequest(RequestBody):
    """Where a new code is wanted."""

    email: EmailAddress
