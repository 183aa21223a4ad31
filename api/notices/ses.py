"""Mails through Amazon SES (API v2, SendEmail). boto3 blocks, so calls run in threads of their own.

A hanging SES must not take the threads of the event loop, which look up the addresses of Cognito and Redis.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from email.utils import formataddr, parseaddr
from functools import partial
from typing import Any

from botocore.config import Config

from api.errors import Overloaded
from api.kit.email_addresses import canonical
from api.notices.compose import Mail

_THREADS = 4
_MOST_PENDING = 100
# One attempt: a notice that is sent twice is worse than one that is not.
_OPTIONS = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})


class SesSender:
    """Sends mails from one address."""

    def __init__(self, sender: str, region: str) -> None:
        """Send from ``sender``, which SES has verified; credentials come from the usual sources of boto3."""
        self._client = _ses_client(region)
        name, address = parseaddr(sender)
        # RFC 2047: a name in another alphabet becomes an encoded word.
        self._sender = formataddr((name, canonical(address)))
        self._threads = ThreadPoolExecutor(_THREADS, "ses")
        self._pending = 0

    async def send(self, address: str, mail: Mail) -> None:
        """Send ``mail``; raise botocore's errors, or ``Overloaded`` when too many mails are waiting."""
        if self._pending >= _MOST_PENDING:
            raise Overloaded
        content = {"Subject": _utf8(mail.subject), "Body": {"Text": _utf8(mail.body)}}
        send = partial(
            self._client.send_email,
            FromEmailAddress=self._sender,
            # The domain in ASCII; SES takes no other.
            Destination={"ToAddresses": [canonical(address)]},
            Content={"Simple": content},
        )
        self._pending += 1
        try:
            await asyncio.get_running_loop().run_in_executor(self._threads, send)
        finally:
            self._pending -= 1

    async def aclose(self) -> None:
        """Close the connections."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._client.close()


def _ses_client(region: str) -> Any:  # noqa: ANN401 - boto3 has no types for it
    import boto3  # noqa: PLC0415 - loaded only when enabled

    return boto3.client("sesv2", region_name=region, config=_OPTIONS)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - as above


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
