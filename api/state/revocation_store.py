"""REVOCATION_STORE: the store of revocations that this process shares with others."""

from urllib.parse import urlsplit

from api.errors import ConfigurationError
from cognito_tokens.revocations import SESSION_LIFE, RevocationStore

_MESSAGE = "REVOCATION_STORE must be memory://, redis://host:port or dynamodb://table."


def open_store(uri: str, region: str | None, session_seconds: int = SESSION_LIFE) -> RevocationStore | None:
    """Return the store at ``uri``: None for ``memory://``, else Redis or DynamoDB.

    Raises ``ConfigurationError`` for any other URI.
    """
    try:
        return _open(uri, region, session_seconds)
    except ValueError:
        raise ConfigurationError(_MESSAGE) from None


def _open(uri: str, region: str | None, session_seconds: int) -> RevocationStore | None:
    parts = urlsplit(uri)
    match parts.scheme:
        case "memory":
            return None
        case "redis" | "rediss" if parts.hostname:
            from cognito_tokens.stores.redis import RedisRevocationStore  # noqa: PLC0415 - imported where it is used

            return RedisRevocationStore(uri, session_seconds)
        case "dynamodb" if parts.netloc:
            from cognito_tokens.stores.dynamodb import DynamoDbRevocationStore  # noqa: PLC0415 - imported where it is used

            return DynamoDbRevocationStore(parts.netloc, region, session_seconds)
        case _:
            raise ValueError
