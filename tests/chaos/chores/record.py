"""The record of the workers' work, as the stores and the handlers have it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tests.chaos.chores.ledger import POSTED
from tools.drill import look
from tools.drill.rpc.jobs import begun

_LINES = "SELECT number, value, token FROM lines ORDER BY number"
_JOBS = (
    "SELECT (convert_from(data, 'UTF8')::json->>'value')::bigint FROM journal"
    f" WHERE type = '{POSTED}'"
)

_WAITING = (
    "SELECT greatest(0, (SELECT count(*) FROM lines)"
    f" - (SELECT count(*) FROM journal WHERE type = '{POSTED}'))"
)


class Line(NamedTuple):
    """A line of the ledger: its place in the order of the writes, its value, the lock's token."""

    number: int
    value: int
    token: int


@dataclass(frozen=True)
class Chores:
    """The lines, and how many writes the fence refused; durable jobs and their runs, by line.

    `calls` is how often the handler of each remote call has begun.
    """

    lines: Sequence[Line] = ()
    refused: int = 0
    jobs: Counter[int] = field(default_factory=Counter)
    runs: Counter[int] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)

    @classmethod
    async def read(cls, url: str, folder: Path) -> "Chores":
        """Read them from the database, and from the folder of the remote jobs."""
        return cls(
            [Line(*row) for row in await look.rows(url, _LINES)],
            (await look.rows(url, "SELECT count(*) FROM refusals"))[0][0],
            Counter(row[0] for row in await look.rows(url, _JOBS)),
            Counter(row[0] for row in await look.rows(url, "SELECT value FROM posts")),
            Counter(begun(folder)),
        )


async def waiting(url: str) -> int:
    """Return how many durable jobs are not done yet."""
    return int((await look.rows(url, _WAITING))[0][0])
