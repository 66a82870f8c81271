"""Token buckets that all replicas share."""

from chassis.application.errors import Unavailable
from chassis.application.ports.rate_limit import RateLimit
from chassis.infrastructure.redis.circuit_breaker import CircuitBreaker
from chassis.infrastructure.redis.client import RedisClient

# By the clock of Redis, since those of the replicas differ. The key holds the time at which the
# bucket is full again, in microseconds, and expires then.
SCRIPT = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, tolerance = tonumber(ARGV[1]), tonumber(ARGV[2])
local full = math.max(now, tonumber(redis.call('GET', KEYS[1]) or now))
local wait = full - now - tolerance
if wait > 0 then return wait end
full = full + interval
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
return 0
"""

MICRO = 1_000_000


class RedisRateLimit:
    """Allows each caller `rate` requests a second over all replicas, and `burst` at once.

    While Redis is down, `alone` counts for this replica, so that callers need not wait.
    """

    def __init__(self, url: str, rate: float, burst: int, prefix: str, alone: RateLimit) -> None:
        self._client = RedisClient(url)
        self._script = self._client.script(SCRIPT)
        self._prefix = prefix
        self._interval = round(MICRO / rate)
        self._tolerance = round((burst - 1) * MICRO / rate)
        self._alone = alone
        self._breaker = CircuitBreaker("counting requests for all replicas")

    async def take(self, caller: str) -> float:
        """Take one request; return 0, or the seconds to wait."""
        if not self._breaker.may_try():
            return await self._alone.take(caller)
        try:
            async with self._client.calls():
                wait = await self._script(
                    keys=[self._prefix + caller], args=[self._interval, self._tolerance]
                )
        except Unavailable as error:
            self._breaker.record_failure(str(error))
            return await self._alone.take(caller)
        self._breaker.record_success()
        return int(wait) / MICRO

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()
