"""An insert of any number of rows, which each database does in the quickest way that it has."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Table

# Values in the order of the insert's columns.
type Rows = Sequence[Sequence[Any]]


class BulkInsert(Struct, frozen=True):
    """Into which columns of a table rows go; made once, at import, and run many times.

    Where `only_new`, rows that are there already are passed over. `returning` names the columns
    that come back, for each row that was put in. Where it `is_serial`, a transaction waits for the
    end of those before it that have put rows in: so the order of commits is that of the positions.
    """

    table: Table
    columns: tuple[str, ...]
    returning: tuple[str, ...] = ()
    only_new: bool = False
    is_serial: bool = False


# What goes together into several tables, and what comes back from each of them, in any order.
type Inserts = dict[BulkInsert, list[Sequence[Any]]]
type Returned = dict[BulkInsert, Rows]
