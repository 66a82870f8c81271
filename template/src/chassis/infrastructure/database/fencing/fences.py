"""The fencing tokens in the database."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.application.ports.locks import Grant
from chassis.infrastructure.database.fencing.statements import (
    FORGET,
    KEEP_GREATEST,
    MINT,
    NEWEST,
    RECORD,
)


class SqlFences:
    """The `Fences` of one database; `transaction` opens a transaction that commits."""

    def __init__(
        self, transaction: Callable[[], AbstractAsyncContextManager[AsyncConnection]]
    ) -> None:
        self._transaction = transaction

    async def mint(self, name: str) -> int:
        """Return a new token; waits for transactions that carry the earlier one."""
        async with self._transaction() as connection:
            token: int = (await connection.execute(MINT, {"name": name})).scalar_one()
            return token

    async def record(self, grant: Grant) -> int | None:
        """Record the token, or return the newer one."""
        values = {"name": grant.name, "token": grant.token}
        async with self._transaction() as connection:
            if (await connection.execute(RECORD, values)).scalar_one_or_none() is not None:
                return None
            newest: int = (await connection.execute(NEWEST, {"name": grant.name})).scalar_one()
            return newest

    async def forget(self, grant: Grant) -> None:
        """Remove the token, unless there is a newer one."""
        values = {"name": grant.name, "token": grant.token}
        async with self._transaction() as connection:
            if (await connection.execute(FORGET, values)).scalar_one_or_none() is not None:
                await connection.execute(KEEP_GREATEST, {"token": grant.token})
