"""A database in memory that takes no more than PostgreSQL does: neither NUL nor half a pair."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

from app.application.notification.ports import Criteria
from tests.memory_database import MemoryUnitOfWork, MemoryWork


class StrictUnitOfWork(MemoryUnitOfWork):
    """Looks at what is asked for; what is written the use cases have checked."""

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Any]:
        """Open a transaction that only reads."""
        async with super().read() as work:
            yield SimpleNamespace(notifications=_Strict(work))


class _Strict:
    def __init__(self, work: MemoryWork) -> None:
        self._inner = work.notifications

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self._inner, name)

        def ask(*arguments: Any, **more: Any) -> Any:
            for each in arguments:
                if isinstance(each, Criteria):
                    check_storable(each.receiver, each.action_type)
            return inner(*arguments, **more)

        return ask


def check_storable(*texts: str | None) -> None:
    """Raise where PostgreSQL would."""
    for text in texts:
        assert "\0" not in (text or ""), f"a NUL has come as far as the database: {text!r}"
        (text or "").encode()
