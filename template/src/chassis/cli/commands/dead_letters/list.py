"""List: what is parked, and why."""

import asyncio
from contextlib import aclosing
from datetime import datetime
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number
from msgspec import Struct

from chassis.application.ports.parking_lot import ParkedMessage, ParkingLot
from chassis.cli.output import console, plain, print_json, table
from chassis.cli.parking import parking_lot

SHORT = 100
NOTHING = "nothing is parked here"


class Listed(Struct, frozen=True):
    """A message in the list, without its body; `size` is in bytes."""

    id: str
    parked_at: datetime
    first_failed_at: datetime | None
    attempts: int
    reason: str
    size: int


class Group(Struct):
    """The messages of one kind of reason: how many, when the first one failed, the last one's end.

    One whose failures were not counted has failed when it was parked.
    """

    count: int
    first: datetime
    last: datetime

    def add(self, message: ParkedMessage) -> None:
        """Count another one."""
        self.count += 1
        self.first = min(self.first, _first(message))
        self.last = max(self.last, message.parked_at)


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
        Count them instead, by the part of the reason that comes before its colon, and tell when the
        first of them failed and the last one was parked.
    limit
        How many to list.
    unrouted
        List what was published while no queue wanted it, instead of the dead letters.
    json
        Print one JSON document.
    """
    asyncio.run(_reasons(unrouted, json) if by else _list(limit, unrouted, json))


async def _list(limit: int, unrouted: bool, json: bool) -> None:
    async with parking_lot(unrouted) as lot:
        total = await lot.count()
        messages = await _oldest(lot, limit)
    if json:
        print_json({"total": total, "messages": messages})
        return
    if not messages:
        console.print(NOTHING)
        return
    title = f"{len(messages)} of {total}, oldest first"
    shown = table(title, "id", "parked at (UTC)", "tries", "reason", "bytes")
    for message in messages:
        shown.add_row(
            plain(message.id),
            _at(message.parked_at),
            str(message.attempts or ""),
            plain(_short(message.reason)),
            str(message.size),
        )
    console.print(shown)


async def _oldest(lot: ParkingLot, limit: int) -> list[Listed]:
    found: list[Listed] = []
    async with aclosing(lot.walk()) as walk:
        async for parked in walk:
            found.append(_listed(parked.message))
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
    shown = table(
        f"{total} in all", "reason", "messages", "first failed (UTC)", "last parked (UTC)"
    )
    for reason, group in groups.items():
        shown.add_row(plain(_short(reason)), str(group.count), _at(group.first), _at(group.last))
    console.print(shown)


async def _grouped(unrouted: bool) -> dict[str, Group]:
    """Return the groups by kind of reason, the largest first."""
    groups: dict[str, Group] = {}
    async with parking_lot(unrouted) as lot, aclosing(lot.walk()) as walk:
        async for parked in walk:
            message = parked.message
            kind = message.reason.partition(":")[0]
            group = groups.setdefault(kind, Group(0, _first(message), message.parked_at))
            group.add(message)
    return dict(sorted(groups.items(), key=lambda item: -item[1].count))


def _first(message: ParkedMessage) -> datetime:
    return message.failures.first or message.parked_at


def _listed(message: ParkedMessage) -> Listed:
    failures = message.failures
    return Listed(
        id=message.id,
        parked_at=message.parked_at,
        first_failed_at=failures.first,
        attempts=failures.count,
        reason=message.reason,
        size=len(message.body),
    )


def _at(time: datetime) -> str:
    return time.isoformat(" ", "seconds").removesuffix("+00:00")


def _short(reason: str) -> str:
    return reason if len(reason) <= SHORT else f"{reason[: SHORT - 1]}…"
