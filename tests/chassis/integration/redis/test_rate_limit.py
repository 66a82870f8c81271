"""The limit that replicas share, also while Redis is away."""

from chassis.infrastructure.memory.rate_limit import MemoryRateLimit
from chassis.infrastructure.redis.rate_limit import RedisRateLimit
from tests.servers.redis import RedisServer


async def test_replicas_count_together(cache_url: str, unique_name: str) -> None:
    one, other = (
        RedisRateLimit(cache_url, 1, 4, unique_name, MemoryRateLimit(1, 4)) for _ in range(2)
    )
    try:
        for limit in (one, other, one, other):
            assert await limit.take("ada") == 0
        assert await one.take("ada") > 0
        assert await other.take("ada") > 0
    finally:
        await one.close()
        await other.close()


async def test_without_redis_each_counts_for_itself(own_redis: RedisServer) -> None:
    limit = RedisRateLimit(own_redis.url, 0.001, 2, "test:", MemoryRateLimit(0.001, 2))
    try:
        assert await limit.take("ada") == 0
        own_redis.kill()
        assert [await limit.take("ada") for _ in range(2)] == [0, 0]
        assert await limit.take("ada") > 0
    finally:
        await limit.close()
