"""An insert of any number of rows, in the fastest way of each database."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Table

# Values in the order of the insert's columns.
type Rows = Sequence[Sequence[Any]]


class BulkInsert(Struct, frozen=True):
    """The columns of a table that rows go into; made once, at import, and run many times.

    With `only_new`, existing rows are skipped. `returning` names the columns to return for each
    inserted row. With `is_serial`, a transaction waits for the end of earlier ones that have
    inserted rows. Commits are then in the order of the positions.
    """

    table: Table
    columns: tuple[str, ...]
    returning: tuple[str, ...] = ()
    only_new: bool = False
    is_serial: bool = False


# Inserts into several tables in one call, and the returned rows of each table, in any order.
type Inserts = dict[BulkInsert, list[Sequence[Any]]]
type Returned = dict[BulkInsert, Rows]
