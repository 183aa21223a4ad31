"""Sends the notices that follow from audit events, after the response; errors are only logged."""

import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from api.abuse_protection.uniform_timing import UniformTiming
from api.notices.compose import KINDS, SIGN_INS, Kind, compose
from api.notices.devices import KnownNetworks
from api.notices.ses import SesSender
from api.telemetry.request_context import RequestContext

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Notices:
    """Mails to users."""

    sender: SesSender
    networks: KnownNetworks
    uniform_timing: UniformTiming
    product: str

    async def follow(self, event: str, context: RequestContext) -> None:
        """Send the notice of a successful event, if it has one and the user's address is known."""
        if context.address and (event in KINDS or event in SIGN_INS):
            await self.uniform_timing.after_response(self._tell(event, context))

    async def _tell(self, event: str, context: RequestContext) -> None:
        try:
            if kind := KINDS.get(event):
                await self._send(kind, context)
            elif context.sub:
                await self._tell_new_device(context.sub, context)
        except Exception as error:  # noqa: BLE001 - a mail that is not sent must not fail anything
            logger.warning("a notice was not sent: %s: %s", event, type(error).__name__)

    async def _tell_new_device(self, sub: str, context: RequestContext) -> None:
        client = context.client_ip or ""
        is_new = await self.networks.is_new(sub, client, is_new_device=context.is_new_device)
        if is_new:
            await self._send("new_device", context)
        await self.networks.remember(sub, client, is_told=is_new)

    async def _send(self, kind: Kind, context: RequestContext) -> None:
        moment = datetime.fromtimestamp(time.time(), UTC).strftime("%d %B %Y at %H:%M UTC")
        mail = compose(kind, product=self.product, time=moment, client=context.client_ip or "unknown")
        await self.sender.send(context.address or "", mail)
