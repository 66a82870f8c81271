"""The revision of a database: what it records against what the code knows."""

from typing import Literal

from msgspec import Struct
from sqlalchemy import Connection, inspect, text

from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.migration.folder import migrations_folder
from chassis.infrastructure.database.migration.graph import Graph, read_graph

type State = Literal["empty", "behind", "current", "ahead"]


class Revisions(Struct, frozen=True):
    """`found` is what the database records, `heads` what it should, `pending` what it lacks.

    `ahead` means that it records a revision which this code does not know: those are `unknown`.
    """

    state: State
    found: frozenset[str]
    heads: frozenset[str]
    pending: frozenset[str]
    unknown: frozenset[str] = frozenset()


async def read_revisions(database: Database, graph: Graph | None = None) -> Revisions:
    """Return the revisions of `database`; raises `Unavailable` if it does not answer.

    `graph` is what the code knows, read from its files by default.
    """
    graph = graph or read_graph(migrations_folder())
    if database.is_missing():
        return compare(graph, frozenset())
    async with database.snapshot() as connection:
        found = await connection.run_sync(recorded)
    return compare(graph, found)


def compare(graph: Graph, found: frozenset[str]) -> Revisions:
    """Return the comparison of `found` with the code's `graph`."""
    pending = graph.ids - graph.up_to(found)
    state: State
    if not found:
        state = "empty"
    elif not found <= graph.ids:
        state = "ahead"
    else:
        state = "behind" if pending else "current"
    return Revisions(state, found, graph.heads, pending, found - graph.ids)


def recorded(connection: Connection) -> frozenset[str]:
    """Return the revisions that the database behind `connection` records."""
    if not inspect(connection).has_table("alembic_version"):
        return frozenset()
    return frozenset(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())
