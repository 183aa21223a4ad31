"""Passwords from known breaches, asked by k-anonymity: five of 40 digits of a hash leave this process.

The service is that of haveibeenpwned.com (API "Pwned Passwords", version 3), or another with the same interface.
"""

import asyncio
import hashlib
import logging

from api.telemetry.request_context import note
from cognito_tokens.http_client import HttpClient, HttpError, cause_of

logger = logging.getLogger(__name__)

_SECONDS = 0.5
_PREFIX = 5


class BreachedPasswords:
    """Client of a range service."""

    def __init__(self, http: HttpClient) -> None:
        """Ask the service at the origin of ``http``."""
        self._http = http

    async def contain(self, password: str) -> bool:
        """Return whether the password is known; ``False`` with a warning when the service does not answer.

        A password must not depend on another company's service, so this fails open.
        """
        # The service's index, not a protection of the password.
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
        head = self._http.head("GET", f"/range/{digest[:_PREFIX]}", {"Add-Padding": "true", "User-Agent": "sign-in"})
        note(has_called=True)
        try:
            async with asyncio.timeout(_SECONDS):
                response = await self._http.exchange(head)
        except (HttpError, TimeoutError) as error:
            logger.warning("breached passwords cannot be checked: %s", cause_of(error))
            return False
        if response.status != 200:  # noqa: PLR2004 - HTTP
            logger.warning("breached passwords cannot be checked: HTTP %s", response.status)
            return False
        rows = (line.partition(":") for line in response.body.decode("ascii", "replace").splitlines())
        # Padding has rows with the count 0.
        return any(suffix == digest[_PREFIX:] and count.strip() != "0" for suffix, _, count in rows)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()
