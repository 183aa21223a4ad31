"""The networks that a user has signed in from, in the state store under a hash: /24 of IPv4, /48 of IPv6."""

import time
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from api.state.addresses import Addresses

# A network that is not used for this time is new again.
_SECONDS = 180 * 24 * 3600
_PREFIXES = {4: 24, 6: 48}


@dataclass(frozen=True)
class KnownNetworks:
    """Networks by user."""

    addresses: Addresses

    async def is_new(self, sub: str, client: str, *, is_new_device: bool) -> bool:
        """Remember the network of ``client``; return whether it or the device is new. A first sign-in has no others.

        Raises ``StateUnavailable`` when the store does not answer.
        """
        any_network, this_network = f"networks {sub}", f"network {sub} {_network_of(client)}"
        has_others = bool((await self.addresses.read(any_network)).accepted)
        is_known = bool((await self.addresses.read(this_network)).accepted)
        end = int(time.time()) + _SECONDS
        await self.addresses.put(any_network, "accepted", "1", end)
        await self.addresses.put(this_network, "accepted", "1", end)
        return has_others and (is_new_device or not is_known)


def _network_of(client: str) -> str:
    try:
        address = ip_address(client)
    except ValueError:
        return client
    return str(ip_network((address, _PREFIXES[address.version]), strict=False))
