"""List: what is parked, and why."""

import asyncio
from collections import Counter
from contextlib import aclosing
from datetime import datetime
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number
from msgspec import Struct
from rich.text import Text

from app.application.ports.parking_lot import ParkedMessage, ParkingLot
from app.cli.output import console, print_json, printable, table
from app.cli.parking import parking_lot

SHORT = 100
NOTHING = "nothing is parked here"


class Listed(Struct, frozen=True):
    """A message in the list, without its body; `size` is in bytes."""

    id: str
    parked_at: datetime
    reason: str
    size: int


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
        Count them instead, by the part of the reason that comes before its colon.
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
        messages = await _first(lot, limit)
    if json:
        print_json({"total": total, "messages": messages})
        return
    if not messages:
        console.print(NOTHING)
        return
    title = f"{len(messages)} of {total}, oldest first"
    shown = table(title, "id", "parked at (UTC)", "reason", "bytes")
    for message in messages:
        at = message.parked_at.isoformat(" ", "seconds").removesuffix("+00:00")
        shown.add_row(Text(message.id), at, Text(_short(message.reason)), str(message.size))
    console.print(shown)


async def _first(lot: ParkingLot, limit: int) -> list[Listed]:
    found: list[Listed] = []
    async with aclosing(lot.walk()) as walk:
        async for parked in walk:
            found.append(_listed(parked.message))
            if len(found) == limit:
                break
    return found


async def _reasons(unrouted: bool, json: bool) -> None:
    async with parking_lot(unrouted) as lot, aclosing(lot.walk()) as walk:
        reasons = Counter([parked.message.reason.partition(":")[0] async for parked in walk])
    if json:
        print_json({"total": reasons.total(), "reasons": dict(reasons.most_common())})
        return
    if not reasons:
        console.print(NOTHING)
        return
    shown = table(f"{reasons.total()} in all", "reason", "messages")
    for reason, count in reasons.most_common():
        shown.add_row(Text(_short(reason)), str(count))
    console.print(shown)


def _listed(message: ParkedMessage) -> Listed:
    return Listed(message.id, message.parked_at, message.reason, len(message.body))


def _short(reason: str) -> str:
    text = printable(reason)
    return text if len(text) <= SHORT else f"{text[: SHORT - 1]}…"
