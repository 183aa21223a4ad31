"""Body of the responses that are the same whether or not the address has an account."""

from typing import Annotated

from pydantic import BaseModel, Field


class Accepted(BaseModel):
    """The request was accepted; the response is the same whether the address is new, taken or unconfirmed."""

    detail: Annotated[str, Field(examples=["If this address can be verified, a code is on its way to it."])]
    session: Annotated[str | None, Field(description="Opaque; present if `auto_sign_in` was true.")] = None
