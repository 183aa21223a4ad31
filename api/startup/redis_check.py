"""Redis at the start: what no waiting mends ends it, what may come back is a line of the log."""

import asyncio
import logging
from typing import Any

from api.errors import ConfigurationError
from api.kit.causes import store_cause
from cognito_tokens.stores.redis import client_of

logger = logging.getLogger(__name__)

_SECONDS = 2.0
_PROBE = "sign-in:probe"


async def require_usable_redis(setting: str, url: str, *, keeps_state: bool) -> None:
    """Raise ``ConfigurationError`` for a server that can never serve ``setting``; warn about one that may not now.

    With ``keeps_state`` the server must not evict keys without expiry: log-outs and quarantines have none.
    """
    from redis import exceptions  # noqa: PLC0415 - loaded only where a Redis is named

    client = client_of(url)
    try:
        async with asyncio.timeout(_SECONDS):
            info: dict[str, Any] = await client.info()
            _require_kind(setting, info)
            await client.eval("return redis.call('EXISTS', KEYS[1])", 1, _PROBE)
            if keeps_state:
                await client.xadd(_PROBE, {"probe": "1"}, nomkstream=True)
    except ConfigurationError:
        raise
    except exceptions.AuthenticationError as error:
        raise _refused(setting, f"the user or the password is not accepted ({store_cause(error)})") from None
    except (exceptions.ConnectionError, TimeoutError, OSError) as error:
        logger.warning("%s cannot be reached now: %s", setting, store_cause(error))
    except (exceptions.ReadOnlyError, exceptions.OutOfMemoryError) as error:
        # A failover may follow, or keys expire.
        logger.warning("%s cannot be used now: %s", setting, store_cause(error))
    except (exceptions.RedisError, TypeError, ValueError) as error:
        raise _refused(setting, f"the server, or an option of the URL, is not usable ({store_cause(error)})") from None
    else:
        _warn_of_eviction(setting, info, keeps_state=keeps_state)
    finally:
        await client.aclose()


def _require_kind(setting: str, info: dict[str, Any]) -> None:
    if info.get("cluster_enabled"):
        raise _refused(setting, "the server is a node of a cluster, which keeps the keys of one operation apart")
    if info.get("redis_mode") == "sentinel":
        raise _refused(setting, "the server is a sentinel, which keeps no data")


def _warn_of_eviction(setting: str, info: dict[str, Any], *, keeps_state: bool) -> None:
    policy = str(info.get("maxmemory_policy", ""))
    if keeps_state and policy.startswith("allkeys"):
        sentence = "%s: the server has the policy %s: when it is full, log-outs and quarantines end. Set noeviction."
        logger.warning(sentence, setting, policy)


def _refused(setting: str, reason: str) -> ConfigurationError:
    allowed = (
        "It must be one server (or its primary) that allows INFO, EVAL and the commands of keys, hashes and streams."
    )
    return ConfigurationError(f"{setting} cannot be used: {reason}. {allowed}")
