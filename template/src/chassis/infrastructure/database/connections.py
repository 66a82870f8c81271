"""The connections of one engine, lent so that no waiter and no connection is lost."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from chassis.infrastructure.database.errors import away


class SqlConnections:
    """Lends `limit` connections at a time, in the order of the requests.

    `limit` is the size of the engine's pool, so that no caller waits inside it. The pool wakes no
    waiter if a new connection fails or is cancelled: each would wait for its whole timeout.
    """

    def __init__(self, engine: AsyncEngine, limit: int, timeout: float) -> None:
        self._engine = engine
        self._autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._places = asyncio.Semaphore(limit)
        self._timeout = timeout

    @asynccontextmanager
    async def begin(self, **options: Any) -> AsyncIterator[AsyncConnection]:
        """Open a transaction with SQLAlchemy's execution options, such as an isolation level.

        Raises `Unavailable` after `timeout` seconds of waiting.
        """
        async with self._lent(self._engine) as connection:
            if options:
                await connection.execution_options(**options)
            async with connection.begin():
                yield connection

    def autocommit(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Lend a connection on which each statement is a transaction; raises like `begin`."""
        return self._lent(self._autocommit)

    @asynccontextmanager
    async def _lent(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        # A free connection is taken without the cost of a timer.
        if self._places.locked():
            await self._wait()
        else:
            await self._places.acquire()
        try:
            connection = await _connect(engine)
            try:
                yield connection
            finally:
                await asyncio.shield(_begun(connection.close()))
        finally:
            self._places.release()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._timeout):
                await self._places.acquire()
        except TimeoutError:
            reason = f"the database is busy: no connection became free in {self._timeout:g} s"
            raise away(reason) from None

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


async def _connect(engine: AsyncEngine) -> AsyncConnection:
    """Return a connection; a caller that is cancelled meanwhile leaves none half open."""
    opening = _begun(_open(engine))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        # This ends soon: it opens a file, or has a timeout for the connection attempt.
        while not opening.done():
            with suppress(asyncio.CancelledError, Exception):
                await asyncio.shield(opening)
        if opening.exception() is None:
            await opening.result().close()
        raise


async def _open(engine: AsyncEngine) -> AsyncConnection:
    return await engine.connect()


def _begun[Result](work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
    """Return a task that is already done if there is nothing to wait for.

    An open connection in the pool must not cost a turn of the event loop.
    """
    return asyncio.Task(work, loop=asyncio.get_running_loop(), eager_start=True)
