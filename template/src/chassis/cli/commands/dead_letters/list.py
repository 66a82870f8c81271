"""List the dead letters, and their reasons."""

import asyncio
from contextlib import aclosing
from datetime import datetime
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number
from msgspec import Struct

from chassis.application.ports.dead_letter_queue import DeadLetterMessage, DeadLetterQueue
from chassis.cli.dead_letters import dead_letter_queue
from chassis.cli.output import console, plain, print_json, table

SHORT = 100
NOTHING = "there are no messages"


class Listed(Struct, frozen=True):
    """A message in the list, without its body; `size` is in bytes."""

    id: str
    dead_lettered_at: datetime
    first_failed_at: datetime | None
    attempts: int
    reason: str
    size: int


class Group(Struct):
    """The messages of one kind of reason: how many, the first failure, the last rejection.

    A message without a count of failures failed when it was dead-lettered.
    """

    count: int
    first: datetime
    last: datetime

    def add(self, message: DeadLetterMessage) -> None:
        """Count another message."""
        self.count += 1
        self.first = min(self.first, _first(message))
        self.last = max(self.last, message.dead_lettered_at)


def command(
    *,
    by: Literal["reason"] | None = None,
    limit: Annotated[int, Parameter(validator=Number(gte=1))] = 50,
    unrouted: bool = False,
    json: bool = False,
) -> None:
    """List the dead letters, oldest first.

    Parameters
    ----------
    by
        Count them instead, by the part of the reason before its colon. Show when the first of
        them failed and the last one was dead-lettered.
    limit
        How many to list.
    unrouted
        List the messages that no queue took, instead of the dead letters.
    json
        Print one JSON document.
    """
    asyncio.run(_reasons(unrouted, json) if by else _list(limit, unrouted, json))


async def _list(limit: int, unrouted: bool, json: bool) -> None:
    async with dead_letter_queue(unrouted) as queue:
        total = await queue.count()
        messages = await _oldest(queue, limit)
    if json:
        print_json({"total": total, "messages": messages})
        return
    if not messages:
        console.print(NOTHING)
        return
    title = f"{len(messages)} of {total}, oldest first"
    shown = table(title, "id", "dead-lettered (UTC)", "tries", "reason", "bytes")
    for message in messages:
        shown.add_row(
            plain(message.id),
            _at(message.dead_lettered_at),
            str(message.attempts or ""),
            plain(_short(message.reason)),
            str(message.size),
        )
    console.print(shown)


async def _oldest(queue: DeadLetterQueue, limit: int) -> list[Listed]:
    found: list[Listed] = []
    async with aclosing(queue.walk()) as walk:
        async for dead_letter in walk:
            found.append(_listed(dead_letter.message))
            if len(found) == limit:
                break
    return found


async def _reasons(unrouted: bool, json: bool) -> None:
    groups = await _grouped(unrouted)
    total = sum(group.count for group in groups.values())
    if json:
        print_json({"total": total, "reasons": groups})
        return
    if not groups:
        console.print(NOTHING)
        return
    shown = table(f"{total} in all", "reason", "messages", "first failed (UTC)", "latest (UTC)")
    for reason, group in groups.items():
        shown.add_row(plain(_short(reason)), str(group.count), _at(group.first), _at(group.last))
    console.print(shown)


async def _grouped(unrouted: bool) -> dict[str, Group]:
    """Return the groups by kind of reason, the largest first."""
    groups: dict[str, Group] = {}
    async with dead_letter_queue(unrouted) as queue, aclosing(queue.walk()) as walk:
        async for dead_letter in walk:
            message = dead_letter.message
            kind = message.reason.partition(":")[0]
            group = groups.setdefault(kind, Group(0, _first(message), message.dead_lettered_at))
            group.add(message)
    return dict(sorted(groups.items(), key=lambda item: -item[1].count))


def _first(message: DeadLetterMessage) -> datetime:
    return message.failures.first or message.dead_lettered_at


def _listed(message: DeadLetterMessage) -> Listed:
    failures = message.failures
    return Listed(
        id=message.id,
        dead_lettered_at=message.dead_lettered_at,
        first_failed_at=failures.first,
        attempts=failures.count,
        reason=message.reason,
        size=len(message.body),
    )


def _at(time: datetime) -> str:
    return time.isoformat(" ", "seconds").removesuffix("+00:00")


def _short(reason: str) -> str:
    return reason if len(reason) <= SHORT else f"{reason[: SHORT - 1]}…"
