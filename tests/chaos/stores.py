"""What lies in the stores at the end, asked of the servers themselves and not of the service."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pika

from tools.drill import look

ROWS = "SELECT id::text, action_data::text FROM notifications"
JOURNAL = "SELECT position, id::text, receiver, action_type FROM journal ORDER BY position"


class Row(NamedTuple):
    """A notification: its id, and the token that its caller gave it, if any."""

    id: str
    token: str


class Entry(NamedTuple):
    """An entry of the journal."""

    position: int
    id: str
    receiver: str
    action_type: str


class Letter(NamedTuple):
    """A dead letter: the message's own id, and why it was parked."""

    id: str
    reason: str


@dataclass(frozen=True)
class Stores:
    """What is there: `left` is how many wait in the outbox and in each queue, by name."""

    notifications: Sequence[Row]
    journal: Sequence[Entry]
    dead: Sequence[Letter]
    left: Mapping[str, int]


async def read(settings: Mapping[str, str]) -> Stores:
    """Read all; the servers are in good health, and nothing is under way."""
    url = settings["DATABASE_URL"]
    rows = [Row(row[0], _token(row[1])) for row in await look.rows(url, ROWS)]
    journal = [Entry(*row) for row in await look.rows(url, JOURNAL)]
    dead = await asyncio.to_thread(
        _dead, settings["BROKER_URL"], f"{settings['BROKER_QUEUE']}.dead"
    )
    return Stores(rows, journal, dead, await waiting(settings))


async def waiting(settings: Mapping[str, str]) -> dict[str, int]:
    """Return how many wait in the outbox, and in each queue that has to end empty."""
    queue = settings["BROKER_QUEUE"]
    delays = [round(1000 * float(delay)) for delay in settings["RETRY_DELAYS"].split(",")]
    queues = [
        queue,
        *(f"{queue}.retry.{delay}ms" for delay in delays),
        f"{settings['BROKER_EXCHANGE']}.unrouted",
    ]
    depths = {name: await look.depth(settings["BROKER_URL"], name) for name in queues}
    return {"outbox": await look.waiting(settings["DATABASE_URL"])} | depths


def _token(action_data: str) -> str:
    return str(json.loads(action_data).get("token", ""))


def _dead(url: str, queue: str) -> list[Letter]:
    """Return the dead letters, and leave them there."""
    found: list[Letter] = []
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        while True:
            method, properties, _ = channel.basic_get(queue)
            if method is None:
                return found
            reason = str(properties.headers.get("x-parked-reason", ""))
            found.append(Letter(properties.message_id or "", reason))
