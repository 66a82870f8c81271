"""The client of one Redis server, bounded in connections and in time."""

from asyncio import timeout
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.commands.core import AsyncScript
from redis.credentials import CredentialProvider
from redis.exceptions import AuthenticationError, RedisError
from redis.exceptions import ConnectionError as Disconnected

from chassis.application.errors import Unavailable
from chassis.infrastructure.redis.error_messages import describe_error
from chassis.infrastructure.secrets.login import RenewableLogin
from chassis.infrastructure.urls import without_login

EXAMPLE = "redis://:PASSWORD@HOST:6379/0"
CONNECTIONS = 16
TIMEOUT = 1.0
HEALTH_CHECK = 30


class RedisClient:
    """Lends the library's client.

    Made from a URL; raises `ValueError` if it cannot be read. Connects at first use.
    """

    def __init__(self, url: str) -> None:
        self._login = RenewableLogin(url)
        self._redis = Redis.from_pool(_pool(self._login))

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
            if isinstance(error, AuthenticationError):
                # For the next connection.
                await self._login.refused()
            raise Unavailable(describe_error(error, self._login.newest())) from error

    def script(self, text: str) -> AsyncScript:
        """Return a script that is called within a block of `calls`; it is hashed once, here."""
        return self._redis.register_script(text)

    async def close(self) -> None:
        """Close every connection."""
        await self._redis.aclose()


class _Credentials(CredentialProvider):
    """Gives each new connection the newest user and password."""

    def __init__(self, login: RenewableLogin) -> None:
        self._login = login

    async def get_credentials_async(self) -> tuple[str] | tuple[str, str]:
        """Return the password, after the user if there is one."""
        found = parse_url(self._login.newest())
        user, password = found.get("username"), found.get("password", "")
        return (user, password) if user else (password,)


def _pool(login: RenewableLogin) -> BlockingConnectionPool:
    url: str = login.url
    more: dict[str, CredentialProvider] = {}
    if login.may_change and url != without_login(url):
        url, more = without_login(url), {"credential_provider": _Credentials(login)}
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
            **more,
        )
        # The client checks the URL's query only when it connects.
        pool.connection_class(**pool.connection_kwargs)
    except (ValueError, TypeError):
        raise ValueError(f"the Redis URL cannot be read; write it as {EXAMPLE}") from None
    return pool
