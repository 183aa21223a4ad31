"""Mails through Amazon SES (API v2, SendEmail). boto3 blocks, so calls run in threads."""

import asyncio
from typing import Any

from botocore.config import Config

from api.notices.compose import Mail

# One attempt: a notice that is sent twice is worse than one that is not.
_OPTIONS = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})


class SesSender:
    """Sends mails from one address."""

    def __init__(self, sender: str, region: str) -> None:
        """Send from ``sender``, which SES has verified; credentials come from the usual sources of boto3."""
        self._client = _ses_client(region)
        self._sender = sender

    async def send(self, address: str, mail: Mail) -> None:
        """Send ``mail``; raise botocore's errors."""
        content = {"Subject": _utf8(mail.subject), "Body": {"Text": _utf8(mail.body)}}
        await asyncio.to_thread(
            self._client.send_email,
            FromEmailAddress=self._sender,
            Destination={"ToAddresses": [address]},
            Content={"Simple": content},
        )

    async def aclose(self) -> None:
        """Close the connections."""
        self._client.close()


def _ses_client(region: str) -> Any:  # noqa: ANN401 - boto3 has no types for it
    import boto3  # noqa: PLC0415 - loaded only when enabled

    return boto3.client("sesv2", region_name=region, config=_OPTIONS)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - as above


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
