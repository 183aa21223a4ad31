"""TOTP secrets for authenticator apps: as text, as a URI and as a QR code of the URI.

Source: Key URI format of Google Authenticator, which all apps read; RFC 6238.
"""

from typing import Annotated
from urllib.parse import quote, urlencode

from pydantic import BaseModel, Field


class TotpSetup(BaseModel):
    """A new secret, to be shown once; it becomes valid when its first code is verified."""

    secret_code: Annotated[str, Field(description="The secret in Base32, for manual entry.")]
    otpauth_uri: Annotated[str, Field(description="URI for an authenticator app, with secret, issuer and account.")]
    qr_code: Annotated[str, Field(description="QR code of `otpauth_uri`, as an SVG document.")]


def totp_setup(issuer: str, account: str, secret_code: str) -> TotpSetup:
    """Return the secret as text, URI and QR code; the app shows ``issuer`` and ``account``."""
    label = f"{quote(issuer)}:{quote(account)}"
    uri = f"otpauth://totp/{label}?{urlencode({'secret': secret_code, 'issuer': issuer}, quote_via=quote)}"
    return TotpSetup(secret_code=secret_code, otpauth_uri=uri, qr_code=qr_code(uri))


def qr_code(text: str) -> str:
    """Return the QR code of a text as an SVG element."""
    import segno  # noqa: PLC0415 - most requests do not need it

    return segno.make(text, error="m", micro=False).svg_inline(scale=4, border=4, light="#fff")
