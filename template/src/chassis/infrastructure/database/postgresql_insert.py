"""Inserts into PostgreSQL as JSON texts: one parameter for any number of rows of a table.

The text of the statement never changes, so it is prepared once for each connection and never
compiled. The encoder of msgspec is faster than the driver with a parameter for each column
(`unnest`) or value (`executemany`). The server is as fast as with those. COPY is no faster, and
cannot skip known rows.

One statement inserts the rows of several tables, in one round trip and without BEGIN and COMMIT. It
returns one row of arrays, one for each column that an insert returns.
"""

from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Column, LargeBinary, String
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.application.json_text import raw
from chassis.infrastructure.database.bulk import BulkInsert, Inserts, Returned, Rows

# Any number will do, as long as no other program locks the same one in this database. It ends with
# the transaction, after its commit can be seen.
SERIAL_LOCK = 0x5348_414C_0001

_dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # not annotated
_preparer = _dialect.identifier_preparer
_encoder = msgspec.json.Encoder(enc_hook=raw)


async def insert_rows(connection: AsyncConnection, inserts: Inserts) -> Returned:
    """Insert rows into tables, all or none, in their order; return the requested columns."""
    texts = tuple(_text(insert, rows) for insert, rows in inserts.items())
    result = await connection.exec_driver_sql(_statement(tuple(inserts)), texts)
    arrays = iter(result.one() if result.returns_rows else ())
    return {insert: _rows(islice(arrays, len(insert.returning))) for insert in inserts}


def _text(insert: BulkInsert, rows: Rows) -> str:
    row = _row(insert)
    return _encoder.encode([row(*values) for values in rows]).decode()


@cache
def _row(insert: BulkInsert) -> type[Struct]:
    # Built and encoded in a third of the time that a dictionary takes.
    return msgspec.defstruct("Row", _names(insert, insert.columns), gc=False)


def _rows(arrays: Iterator[list[Any] | None]) -> Rows:
    # An empty insert has no array.
    return list(zip(*(array or () for array in arrays), strict=True))


@cache
def _statement(inserts: tuple[BulkInsert, ...]) -> str:
    parts = [_insert(insert, number) for number, insert in enumerate(inserts, start=1)]
    # They run in the order in which their first arrays are selected.
    arrays = [
        f"(SELECT array_agg({_preparer.quote(name)}) FROM insert_{number})"
        for number, insert in enumerate(inserts, start=1)
        for name in _names(insert, insert.returning)
    ]
    last = f"SELECT {', '.join(arrays)}" if arrays else parts.pop()
    named = [f"insert_{number} AS ({part})" for number, part in enumerate(parts, start=1)]
    return f"WITH {', '.join(named)} {last}" if named else last


def _insert(insert: BulkInsert, parameter: int) -> str:
    columns = [insert.table.c[name] for name in insert.columns]
    # Without the lock's row there is no row to insert, so it is locked before a position is
    # assigned.
    lock = f"(SELECT pg_advisory_xact_lock({SERIAL_LOCK})) AS lock, " if insert.is_serial else ""
    statement = (
        f"INSERT INTO {_preparer.format_table(insert.table)} ({_listed(insert, insert.columns)}) "
        f"SELECT {', '.join(_value(column) for column in columns)} "
        f"FROM {lock}json_to_recordset(${parameter}::text::json) "
        f"AS given ({', '.join(_definition(column) for column in columns)})"
    )
    if insert.only_new:
        statement += " ON CONFLICT DO NOTHING"
    if insert.returning:
        statement += f" RETURNING {_listed(insert, insert.returning)}"
    return statement


def _value(column: Column[Any]) -> str:
    name = _preparer.quote(column.name)
    return f"decode({name}, 'base64')" if isinstance(column.type, LargeBinary) else name


def _definition(column: Column[Any]) -> str:
    # Bytes come in base64, and a collation belongs to the table.
    is_text = isinstance(column.type, LargeBinary | String)
    return f"{_preparer.quote(column.name)} {'TEXT' if is_text else column.type.compile(_dialect)}"


def _names(insert: BulkInsert, keys: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of the columns in the database."""
    return tuple(str(insert.table.c[key].name) for key in keys)


def _listed(insert: BulkInsert, keys: tuple[str, ...]) -> str:
    return ", ".join(_preparer.quote(name) for name in _names(insert, keys))
