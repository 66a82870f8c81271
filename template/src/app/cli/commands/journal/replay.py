"""Replay: fill a read model from the events of the journal."""

import asyncio
import re
import sys
from contextlib import aclosing
from typing import Annotated

from cyclopts import Parameter
from rich.progress import Progress

from app.application.consuming.replay import Replay
from app.application.consuming.upcasting import Upcasting
from app.application.ports.journal import Bounds
from app.bootstrap.configuration import Configuration
from app.bootstrap.system import System
from app.cli.failure import UsageError
from app.cli.output import console

_CURSOR = re.compile(r"([^.]+)\.([0-9]{1,19})")


def command(
    *,
    kind: Annotated[str, Parameter(name="--type")],
    cursor: Annotated[str | None, Parameter(name="--from")] = None,
) -> None:
    """Hand the journal's events of one type to their projection again, oldest first.

    So a new table is filled from what has happened before. The command may run beside the service,
    and may be repeated: a projection that inserts passes over the rows that are there. Empty the
    table first if its projection counts. Older versions of the type are included.

    Parameters
    ----------
    kind
        The event type, as `describe` shows it.
    cursor
        Begin after this cursor of a stream; at the beginning, by default.
    """
    asyncio.run(_replay(kind, cursor))


async def _replay(kind: str, cursor: str | None) -> None:
    system = System(Configuration.read(), ["consumer"])
    try:
        upcasting = Upcasting(system.events, system.upcasters, system.core.metrics())
        if kind not in upcasting.handlers:
            known = ", ".join(sorted(upcasting.handlers))
            raise UsageError(f"no projection takes {kind}: choose from {known}")
        work = system.core.work()
        async with work.read() as opened:
            bounds = await opened.journal.bounds()
        replay = Replay(kind, upcasting, work)
        begin = _position(cursor, bounds)
        replayed = skipped = 0
        try:
            with Progress(transient=True, disable=not sys.stderr.isatty()) as bar:
                task = bar.add_task("replayed", total=bounds.head - begin)
                async with aclosing(replay(begin, bounds.head)) as steps:
                    async for step in steps:
                        replayed, skipped = step.replayed, step.skipped
                        bar.update(task, completed=step.position - begin)
        finally:
            more = f", {skipped} could not be decoded" if skipped else ""
            console.print(f"replayed: {replayed:,} events{more}", highlight=False)
    finally:
        await system.close()


def _position(cursor: str | None, bounds: Bounds) -> int:
    """Return the position after which to begin; raises `UsageError`."""
    if cursor is None:
        return bounds.pruned
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise UsageError("--from takes a cursor of a stream, such as 3f2a9c01.512")
    if found[1] != bounds.epoch:
        raise UsageError(f"--from names another epoch than this journal's, which is {bounds.epoch}")
    return max(bounds.pruned, int(found[2]))
