"""The contents of the stores at the end, read from the servers and not from the service."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pika

from tests.chaos.aggregates import TYPES
from tests.chaos.chores.record import Chores
from tests.chaos.chores.record import waiting as undone
from tests.chaos.event_type import Item
from tools.drill import look
from tools.drill.leadership.record import Record, late

JOURNAL = (
    "SELECT position, type, convert_from(data, 'UTF8'), receiver, action_type, registered_at"
    " FROM journal WHERE type = ANY($1) ORDER BY position"
)


class Row(NamedTuple):
    """The stored data of an item: its type and id, the token that its caller gave it, and more."""

    type: str
    id: str
    token: str
    subject: str
    time: datetime

    @property
    def item(self) -> Item:
        """The item."""
        return self.type, self.id


class Entry(NamedTuple):
    """An entry of the journal; `id` is the item's, as its caller was answered it."""

    position: int
    id: str
    type: str
    subject: str
    tag: str
    time: datetime

    @property
    def item(self) -> Item:
        """The item."""
        return self.type, self.id


class Letter(NamedTuple):
    """A dead letter: the message's own id, and its reason."""

    id: str
    reason: str


@dataclass(frozen=True)
class Stores:
    """The contents: `left` is how many wait in the outbox, in each queue, and as ticks, by name.

    `ticks` are the runs of the workers' jobs, `chores` is their other work.
    """

    rows: Sequence[Row]
    journal: Sequence[Entry]
    dead: Sequence[Letter]
    left: Mapping[str, int]
    ticks: Record
    chores: Chores


async def read(settings: Mapping[str, str], done: Path) -> Stores:
    """Read all, while the servers are in good health, and nothing is under way.

    `done` is the folder of the remote jobs.
    """
    url = settings["DATABASE_URL"]
    rows = [
        Row(type_.name, *row)
        for type_ in TYPES.values()
        for row in await look.rows(url, type_.rows)
    ]
    journal = [_entry(*row) for row in await look.rows(url, JOURNAL, [*TYPES])]
    dead = await asyncio.to_thread(
        _dead, settings["BROKER_URL"], f"{settings['BROKER_QUEUE']}.dead"
    )
    ticks, chores = await Record.read(url), await Chores.read(url, done)
    return Stores(rows, journal, dead, await waiting(settings), ticks, chores)


async def waiting(settings: Mapping[str, str]) -> dict[str, int]:
    """Return how many wait in the outbox, in each queue that has to end empty, and of the ticks."""
    queue = settings["BROKER_QUEUE"]
    jobs = f"{queue}.jobs"
    delays = [round(1000 * float(delay)) for delay in settings["RETRY_DELAYS"].split(",")]
    queues = [
        queue,
        jobs,
        *(f"{each}.retry.{delay}ms" for each in (queue, jobs) for delay in delays),
        f"{settings['BROKER_EXCHANGE']}.unrouted",
    ]
    found = await asyncio.gather(*(look.depth(settings["BROKER_URL"], name) for name in queues))
    depths = dict(zip(queues, found, strict=True))
    url = settings["DATABASE_URL"]
    behind = {"ticks": await late(url), "durable jobs": await undone(url)}
    return {"outbox": await look.waiting(url)} | behind | depths


def _entry(position: int, type_: str, data: str, *rest: Any) -> Entry:
    return Entry(position, json.loads(data)[TYPES[type_].id], type_, *rest)


def _dead(url: str, queue: str) -> list[Letter]:
    """Return the dead letters, and leave them there."""
    found: list[Letter] = []
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        while True:
            method, properties, _ = channel.basic_get(queue)
            if method is None:
                return found
            reason = str(properties.headers.get("x-dead-lettered-reason", ""))
            found.append(Letter(properties.message_id or "", reason))
