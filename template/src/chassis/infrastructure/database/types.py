"""Column types that tables and migrations name, whichever database stores them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Raw
from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    Integer,
    String,
    cast,
    func,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from chassis.domain.json_text import JsonText

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# SQLite numbers the rows itself only if the type is exactly INTEGER.
Position = BigInteger().with_variant(Integer(), "sqlite")

# Sorted and compared by code points, whatever the server's locale: SQLite does the same.
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
        """Return the stored form of `value`; raises `TypeError` if it is not aware."""
        if value is None or not _counts(dialect):
            return value
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return the time of the stored `value`."""
        if value is None:
            return None
        if not _counts(dialect):
            # Without its zone comes the very last microsecond, which asyncpg stores as infinity.
            return value.replace(tzinfo=UTC)  # type: ignore[no-any-return]  # the driver's value
        return _EPOCH + timedelta(microseconds=value)


class _Octets(FunctionElement[JsonText]):
    """The text of a value, as its bytes: in Python a text may take four bytes for each character.

    SQLite stores the text of JSON as it is; PostgreSQL's drivers return a `str`.
    """

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], made: "Json") -> None:
        super().__init__(column)
        self.type = made


@compiles(_Octets)
def _octets(element: _Octets, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS BLOB)"


@compiles(_Octets, "postgresql")
def _octets_of_postgresql(element: _Octets, compiler: SQLCompiler, **options: Any) -> str:
    return f"convert_to(CAST({compiler.process(element.clauses, **options)} AS TEXT), 'UTF8')"


class Json(TypeDecorator[JsonText]):
    """JSON that is never decoded on its way: bytes in both directions."""

    impl = JSON
    cache_ok = True

    def __repr__(self) -> str:
        """Return how a migration writes this type."""
        return "Json()"

    def process_bind_param(self, value: JsonText | None, dialect: Dialect) -> Raw | None:
        """Return the form that the driver's encoder writes unchanged."""
        return None if value is None else Raw(value.text)

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the expression that reads the column."""
        return _Octets(column, self)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """Return the factory of the value; JSON's own processor would decode it."""
        return _json_text


def octet_length(column: ColumnElement[JsonText]) -> ColumnElement[int]:
    """Return the size of a JSON column's text, in bytes."""
    return func.octet_length(cast(column, String), type_=Integer)


def _json_text(value: bytes | None) -> JsonText | None:
    return None if value is None else JsonText(value)


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
