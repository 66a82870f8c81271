"""A run of chaos in which all is well: its history, and what lies in the stores afterwards."""

from collections import Counter
from datetime import datetime
from typing import Any

from tests.chaos.aggregates import TYPES
from tests.chaos.chores.record import Chores, Line
from tests.chaos.history import Event
from tests.chaos.stores import Entry, Letter, Row, Stores
from tools.drill.leadership.record import Record, Run
from tools.drill.leadership.ticking import JOBS
from tools.drill.rpc.jobs import ONCE, REPEATABLE

History = list[Event]

REGISTERED, PLACED, SHIPPED = TYPES


def row(identity: str, token: str, type_: str = REGISTERED, at: int = 1) -> Row:
    """Return what is stored of the item; what the journal has under its id says whose it is."""
    subject = next((entry.subject for entry in JOURNAL if entry.id == identity), "bob")
    return Row(type_, identity, token, subject, datetime(2026, 1, at))


def entry(
    position: int, identity: str, subject: str, type_: str = REGISTERED, at: int = 1
) -> Entry:
    """Return an entry of the journal."""
    return Entry(position, identity, type_, subject, "x", datetime(2026, 1, at))


JOURNAL = [
    entry(1, "a", "ada"),
    entry(4, "b", "bob"),
    entry(5, "c", "ada"),
    entry(6, "d", "bob"),
    entry(8, "o", "ada", PLACED),
    entry(9, "o", "ada", SHIPPED, at=2),
]


def event(what: str, at: float, **fields: Any) -> Event:
    """Return an event of the history."""
    return {"at": at, "event": what, **fields}


def history() -> History:
    """Notifications, of which a batch is accepted twice, one is doubtful and one refused; an order
    that is shipped; a fault; subscribers.
    """
    return [
        event("follows", 0, by="all", after=0, query={}),
        event("follows", 0, by="some", after=0, query={"receiver": "ada"}),
        event("sent", 1, key="k", type=REGISTERED, size=2, wrong=False),
        event("step", 1, number=1, kinds=["rabbitmq killed", "redis frozen"]),
        event("unanswered", 2, key="k"),
        event("accepted", 3, key="k", ids=["a", "b"]),
        event("seen", 3, by="all", at_position=1, id="a"),
        event("seen", 3, by="some", at_position=1, id="a"),
        event("accepted", 4, key="k", ids=["a", "b"]),
        event("poisoned", 4, id="p", kind="no JSON"),
        event("recovered", 5, seconds=0.5),
        event("sent", 6, key="d", type=REGISTERED, size=1, wrong=False),
        event("refused", 6, key="d", status=503),
        event("sent", 6, key="w", type=REGISTERED, size=2, wrong=True),
        event("refused", 6, key="w", status=422),
        event("sent", 6, key="l", type=REGISTERED, size=1, wrong=False, over="tcp"),
        event("accepted", 7, key="l", ids=["c"]),
        event("seen", 8, by="all", at_position=4, id="b"),
        event("seen", 8, by="all", at_position=5, id="c"),
        event("seen", 8, by="all", at_position=6, id="d"),
        event("seen", 8, by="some", at_position=5, id="c"),
        event("sent", 8, key="o", type=PLACED, size=1, wrong=False),
        event("accepted", 8, key="o", ids=["o"]),
        event("sent", 8, key="s", type=SHIPPED, size=1, wrong=False),
        event("accepted", 8, key="s", ids=["o"]),
        event("asked", 8, call="0 1", job=ONCE),
        event("asked", 8, call="1 2", job=REPEATABLE),
        event("asked", 8, call="0 3", job=ONCE),
        event("ended", 8, call="0 1", outcome="answered", seconds=0.1),
        event("ended", 8, call="1 2", outcome="answered", seconds=0.3),
        event("ended", 9, call="0 3", outcome="unavailable", seconds=0.1),
        event("seen", 8, by="all", at_position=8, id="o"),
        event("seen", 8, by="all", at_position=9, id="o"),
        event("followed", 9, by="all", cuts=3, resets=0),
        event("followed", 9, by="some", cuts=3, resets=0),
    ]


def stores() -> Stores:
    """Return what lies in the stores after `history`."""
    return Stores(
        [
            row("a", "k/0"),
            row("b", "k/1"),
            row("c", "l/0"),
            row("d", "d/0"),
            row("o", "o/0", PLACED),
            row("o", "s/0", SHIPPED, at=2),
        ],
        JOURNAL,
        [Letter("p", "undecodable: not JSON")],
        {"outbox": 0, "queue": 0},
        Record([run(job, tick) for tick in range(3) for job in JOBS]),
        Chores(
            [Line(1, 1, 7), Line(2, 2, 7), Line(4, 3, 9)],
            refused=1,
            jobs=Counter([1, 2, 3]),
            runs=Counter([1, 2, 2, 3]),
            calls=Counter(["0 1", "1 2", "1 2"]),
        ),
    )


def run(job: str, tick: int, token: int = 1, began: int = 0) -> Run:
    """Return a finished run of half a second, by default at its tick."""
    at = datetime(2026, 1, 1, second=began or tick)
    return Run(job, tick, 100 + token, token, at, at.replace(microsecond=500_000))
