"""Start-up check of a Redis: permanent faults end the start, and temporary ones are logged."""

import asyncio
import logging
from typing import Any

from api.errors import ConfigurationError
from api.kit.causes import store_cause
from cognito_tokens.stores.redis import client_of

logger = logging.getLogger(__name__)

_SECONDS = 2.0


async def require_usable_redis(setting: str, url: str, *, keeps_state: bool) -> None:
    """Raise ``ConfigurationError`` for a server that can never serve ``setting``; warn about one that may not now.

    With ``keeps_state`` the server must not evict keys without expiry: log-outs and quarantines have none.
    """
    from redis import exceptions  # noqa: PLC0415 - loaded only where a Redis is named

    client = client_of(url)
    try:
        async with asyncio.timeout(_SECONDS):
            await _ask(client, setting, keeps_state=keeps_state)
    except exceptions.AuthenticationError as error:
        raise _refused(setting, f"the user or the password is not accepted ({store_cause(error)})") from None
    except (exceptions.NoPermissionError, exceptions.MovedError, TypeError, ValueError) as error:
        raise _refused(setting, f"a permission, or an option of the URL, is wrong ({store_cause(error)})") from None
    except exceptions.ResponseError as error:
        # A database that the server does not have; anything else may pass, such as a failover.
        if "DB index" in str(error):
            raise _refused(setting, "the server has no database of this number") from None
        logger.warning("%s cannot be used now: %s", setting, store_cause(error))
    except (exceptions.RedisError, TimeoutError, OSError) as error:
        logger.warning("%s cannot be reached now: %s", setting, store_cause(error))
    finally:
        await client.aclose()


async def _ask(client: Any, setting: str, *, keeps_state: bool) -> None:  # noqa: ANN401 - the commands are not typed
    from redis.exceptions import NoPermissionError  # noqa: PLC0415 - as above

    try:
        info: dict[str, Any] = await client.info()
    except NoPermissionError:
        logger.warning("%s: the user may not call INFO, so that the kind of the server is not known", setting)
    else:
        _require_kind(setting, info)
        _warn_of_eviction(setting, info, keeps_state=keeps_state)
    # Of each kind of command that is used, one that changes nothing.
    prefix = "address" if keeps_state else "limit"
    await client.eval("return redis.call('EXISTS', KEYS[1])", 1, f"sign-in:{prefix}:probe")
    if keeps_state:
        await client.xadd("sign-in:revocations:probe", {"probe": "1"}, nomkstream=True)


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
        "It must be one server (or its primary) that allows EVAL and commands of keys, hashes and streams on sign-in:*."
    )
    return ConfigurationError(f"{setting} cannot be used: {reason}. {allowed}")
