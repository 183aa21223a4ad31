"""How a TOTP secret reaches an authenticator app: as text, as a URI, and as a QR code of that.

Source: Key URI format of Google Authenticator, which all apps read; RFC 6238.
"""

from typing import Annotated
from urllib.parse import quote, urlencode

from pydantic import BaseModel, Field


class TotpSetup(BaseModel):
    """A new secret, to be shown once; it counts when its first code has been verified."""

    secret_code: Annotated[str, Field(description="The secret in Base32, to type by hand.")]
    otpauth_uri: Annotated[str, Field(description="The secret for an authenticator app, with issuer and account.")]
    qr_code: Annotated[str, Field(description="`otpauth_uri` as a QR code: an SVG document.")]


def totp_setup(issuer: str, account: str, secret_code: str) -> TotpSetup:
    """Return the secret in all its forms; ``issuer`` and ``account`` are what the app shows."""
    import segno  # noqa: PLC0415 - most requests need none

    label = f"{quote(issuer)}:{quote(account)}"
    uri = f"otpauth://totp/{label}?{urlencode({'secret': secret_code, 'issuer': issuer}, quote_via=quote)}"
    svg = segno.make(uri, error="m", micro=False).svg_inline(scale=4, border=4, light="#fff")
    return TotpSetup(secret_code=secret_code, otpauth_uri=uri, qr_code=svg)
