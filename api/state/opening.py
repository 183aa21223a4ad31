"""STATE_STORE: the one store of what outlives a process."""

from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from api.errors import ConfigurationError
from api.state.address_store import AddressStore
from api.state.addresses import Addresses
from api.state.memory import MemoryAddressStore
from cognito_tokens.revocations import RevocationStore

_MESSAGE = (
    "STATE_STORE must be memory://, sqlite:///path (sqlite:////absolute/path), redis://host:port, rediss://host:port "
    "or dynamodb://table."
)


class State(NamedTuple):
    """The two halves of the store; ``revocations`` is ``None`` in memory."""

    addresses: Addresses
    revocations: RevocationStore | None


def open_state(uri: str, pool_id: str, region: str | None, session_seconds: int) -> State:
    """Return the store at ``uri``; raise ``ConfigurationError`` for any other than those of the message."""
    parts = urlsplit(uri)
    try:
        addresses, revocations = _open(uri, parts, region, session_seconds)
    except ValueError:
        raise ConfigurationError(_MESSAGE) from None
    return State(Addresses(addresses, pool_id, parts.scheme), revocations)


def _open(
    uri: str, parts: SplitResult, region: str | None, session_seconds: int
) -> tuple[AddressStore, RevocationStore | None]:
    # ruff: noqa: PLC0415 - clients are imported where they are used
    match parts.scheme:
        case "memory" if uri == "memory://":
            return MemoryAddressStore(), None
        case "sqlite" if not parts.netloc and len(parts.path) > 1:
            from api.state.sqlite import SqliteAddressStore
            from cognito_tokens.stores.sqlite import SqliteRevocationStore

            path = parts.path.removeprefix("/")
            return SqliteAddressStore(path), SqliteRevocationStore(path)
        case "redis" | "rediss" if parts.hostname:
            from api.state.redis import RedisAddressStore
            from cognito_tokens.stores.redis import RedisRevocationStore

            return RedisAddressStore(uri), RedisRevocationStore(uri, session_seconds)
        case "dynamodb" if parts.netloc:
            from api.state.dynamodb import DynamoDbAddressStore
            from cognito_tokens.stores.dynamodb import DynamoDbRevocationStore

            return (
                DynamoDbAddressStore(parts.netloc, region),
                DynamoDbRevocationStore(parts.netloc, region, session_seconds),
            )
        case _:
            raise ValueError
