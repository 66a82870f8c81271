"""The client of one Redis server, bounded in connections and in time."""

from asyncio import timeout
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import RedisError

from chassis.application.errors import Unavailable
from chassis.infrastructure.redis.error_messages import describe_error

EXAMPLE = "redis://:PASSWORD@HOST:6379/0"
CONNECTIONS = 16
TIMEOUT = 1.0
HEALTH_CHECK = 30


class RedisClient:
    """Lends the library's client.

    Made from a URL; raises `ValueError` if it cannot be read. Connects at first use.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._redis = Redis.from_pool(_pool(url))

    @asynccontextmanager
    async def calls(self, seconds: float | None = TIMEOUT) -> AsyncIterator[Redis]:
        """Make calls within the block.

        Raises `Unavailable` if they fail, or together take more than `seconds` seconds; with
        `None` there is no limit.
        """
        try:
            async with timeout(seconds):
                yield self._redis
        except (RedisError, OSError) as error:
            raise Unavailable(describe_error(error, self._url)) from error

    def script(self, text: str) -> AsyncScript:
        """Return a script that is called within a block of `calls`; it is hashed once, here."""
        return self._redis.register_script(text)

    async def close(self) -> None:
        """Close every connection."""
        await self._redis.aclose()


def _pool(url: str) -> BlockingConnectionPool:
    try:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=TIMEOUT,
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            socket_keepalive=True,
            health_check_interval=HEALTH_CHECK,
            # A connection may have been cut while it was idle; a server that hangs is not asked
            # twice.
            retry=Retry(NoBackoff(), 1, (Disconnected,)),
        )
        # The client checks the URL's query only when it connects.
        pool.connection_class(**pool.connection_kwargs)
    except (ValueError, TypeError):
        raise ValueError(f"the Redis URL cannot be read; write it as {EXAMPLE}") from None
    return pool
