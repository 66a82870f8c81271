"""Column types that tables and migrations name, whichever database stores them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# SQLite numbers the rows itself only where the type is INTEGER, to the letter.
Position = BigInteger().with_variant(Integer(), "sqlite")

# Sorted and compared by code points, whatever language the server is set to: SQLite does the same.
Text = String().with_variant(String(collation="C"), "postgresql")

# How often a row was changed.
Version = Integer()


class Timestamp(TypeDecorator[datetime]):
    """An aware time, exact to the microsecond from year 1 to 9999; UTC when read.

    SQLite has no such type: there it is the microseconds since 1970, so that order, comparison
    and buckets are plain arithmetic.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def __repr__(self) -> str:
        """Return how a migration writes this type."""
        return "Timestamp()"

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type that `dialect` stores."""
        return dialect.type_descriptor(BigInteger() if _counts(dialect) else DateTime(True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Return what is stored for `value`; raises `TypeError` where it is not aware."""
        if value is None or not _counts(dialect):
            return value
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return the time that is stored as `value`."""
        if value is None:
            return None
        if not _counts(dialect):
            # Without its zone comes the very last microsecond, which asyncpg stores as infinity.
            return value.replace(tzinfo=UTC)  # type: ignore[no-any-return]
        return _EPOCH + timedelta(microseconds=value)


class JsonList(TypeDecorator[Sequence[int | UUID]]):
    """Values of one column as a JSON array, each in the form in which SQLite stores it."""

    impl = String()
    cache_ok = True

    def process_bind_param(self, value: Sequence[int | UUID] | None, dialect: Dialect) -> str:
        """Return the text of the array."""
        stored = [each.hex if isinstance(each, UUID) else each for each in value or ()]
        return msgspec.json.encode(stored).decode()


def _counts(dialect: Dialect) -> bool:
    return dialect.name == "sqlite"
