"""The networks that a user has signed in from, in the state store under a hash: /24 of IPv4, /48 of IPv6."""

import time
from dataclasses import dataclass
from ipaddress import ip_network

from api.kit.ip_addresses import ip_of
from api.state.addresses import Addresses

# A network that is not used for this time is new again.
_SECONDS = 180 * 24 * 3600
# How long it is known that the user has signed in.
_USER_SECONDS = 10 * 365 * 24 * 3600
# Between two mails to a user: a password is enough to be a new device again and again.
_QUIET_SECONDS = 3600
_PREFIXES = {4: 24, 6: 48}


@dataclass(frozen=True)
class KnownNetworks:
    """Networks by user."""

    addresses: Addresses

    async def is_new(self, sub: str, client: str, *, is_new_device: bool) -> bool:
        """Return whether the network of ``client``, or the device, is new, and the user was not told in this hour.

        A first sign-in is not new. This method and ``remember`` raise ``StateUnavailable`` when the store does not
        answer.
        """
        has_others, is_known, was_told = [
            bool((await self.addresses.read(key)).accepted) for key in (_user(sub), _network(sub, client), _notice(sub))
        ]
        return has_others and not was_told and (is_new_device or not is_known)

    async def remember(self, sub: str, client: str, *, is_told: bool) -> None:
        """Remember the network, and a mail that was sent."""
        seconds = {_user(sub): _USER_SECONDS, _network(sub, client): _SECONDS}
        if is_told:
            seconds[_notice(sub)] = _QUIET_SECONDS
        now = int(time.time())
        for key, life in seconds.items():
            await self.addresses.put(key, "accepted", "1", now + life)


def _user(sub: str) -> str:
    return f"networks {sub}"


def _network(sub: str, client: str) -> str:
    return f"network {sub} {_network_of(client)}"


def _notice(sub: str) -> str:
    return f"notice {sub}"


def _network_of(client: str) -> str:
    address = ip_of(client)
    return str(ip_network((address, _PREFIXES[address.version]), strict=False)) if address else client
