"""Rate-limit counters in Redis: one round trip per attempt, whatever the number of its windows."""

from collections.abc import Sequence

from api.abuse_protection.counters import Full, Window
from cognito_tokens.stores.redis import client_of

_PREFIX = "sign-in:limit:"
# KEYS: the windows; ARGV: limit, milliseconds and 1 or 0 (counts) of each.
_HIT = """
for i, key in ipairs(KEYS) do
    if tonumber(redis.call('GET', key) or '0') >= tonumber(ARGV[3 * i - 2]) then
        return {i, redis.call('PTTL', key)}
    end
end
for i, key in ipairs(KEYS) do
    if ARGV[3 * i] == '1' and redis.call('INCR', key) == 1 then
        redis.call('PEXPIRE', key, ARGV[3 * i - 1])
    end
end
return {0, 0}
"""
# KEYS: the windows; ARGV: the change, and the milliseconds of each.
_CHANGE = """
local by = tonumber(ARGV[1])
for i, key in ipairs(KEYS) do
    local count = redis.call('INCRBY', key, by)
    if count <= 0 then
        redis.call('DEL', key)
    elseif by > 0 and count == by then
        redis.call('PEXPIRE', key, ARGV[i + 1])
    end
end
"""


class RedisCounters:
    """``Counters`` in one key per window, which expires with it."""

    def __init__(self, url: str) -> None:
        """Connect to ``url`` on first use; raise ``ValueError`` unless it is a Redis URL."""
        self._redis = client_of(url)
        self._hit = self._redis.register_script(_HIT)
        self._change = self._redis.register_script(_CHANGE)

    async def hit(self, windows: Sequence[Window]) -> Full | None:
        """Count an attempt in all windows that count it, or in none if one of them is full."""
        arguments = [value for window in windows for value in (window.limit, window.seconds * 1000, int(window.counts))]
        index, milliseconds = await self._hit(keys=_keys(windows), args=arguments)
        return Full(index - 1, max(1, -(-milliseconds // 1000))) if index else None

    async def change(self, windows: Sequence[Window], by: int) -> None:
        """Add ``by`` to the counts; a negative number changes only windows that are open."""
        await self._change(keys=_keys(windows), args=[by, *(window.seconds * 1000 for window in windows)])

    async def aclose(self) -> None:
        """Close the connections."""
        await self._redis.aclose()


def _keys(windows: Sequence[Window]) -> list[str]:
    return [_PREFIX + window.key for window in windows]
