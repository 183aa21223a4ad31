"""REVOCATION_STORE: which back end of revocation this process shares with others."""

from urllib.parse import urlsplit

from api.errors import ConfigurationError
from api.tokens.revocations import RevocationStore


def open_store(uri: str, region: str | None) -> RevocationStore | None:
    """Return the store at ``uri``: none for ``memory://``, else Redis or DynamoDB.

    Raises ``ConfigurationError`` for any other. Each client is imported only where it is used.
    """
    parts = urlsplit(uri)
    match parts.scheme:
        case "memory":
            return None
        case "redis" | "rediss" if parts.hostname:
            from api.tokens.stores.redis import RedisRevocationStore  # noqa: PLC0415 - see above

            return RedisRevocationStore(uri)
        case "dynamodb" if parts.netloc:
            from api.tokens.stores.dynamodb import DynamoDbRevocationStore  # noqa: PLC0415 - see above

            return DynamoDbRevocationStore(parts.netloc, region)
        case _:
            message = "REVOCATION_STORE must be memory://, redis://host:port or dynamodb://table."
            raise ConfigurationError(message)
