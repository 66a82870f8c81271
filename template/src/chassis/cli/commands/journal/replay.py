"""Replay: fill a read model from the events of the journal."""

import asyncio
import re
from contextlib import aclosing
from typing import Annotated

from cyclopts import Parameter

from chassis.application.consuming.replay import Progress, Replay
from chassis.application.consuming.upcasting import Upcasting
from chassis.application.ports.journal import Bounds
from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.signals import stop_signals
from chassis.bootstrap.system import System
from chassis.cli.failure import CommandFailed, UsageError
from chassis.cli.output import console
from chassis.cli.progress import progress

_CURSOR = re.compile(r"([^.]+)\.([0-9]{1,19})")


def command(
    *,
    kind: Annotated[str, Parameter(name="--type")],
    cursor: Annotated[str | None, Parameter(name="--from")] = None,
) -> None:
    """Pass the journal's events of one type to their projection again, oldest first.

    Use it to fill a new table from earlier events. The command may run while the service runs, and
    may be repeated: a projection that inserts skips existing rows. If the projection counts, empty
    the table first. Older versions of the type are included. A signal ends it after the current
    batch; it prints the cursor from which another run continues.

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
        await _run(Replay(kind, upcasting, work), _position(cursor, bounds), bounds)
    finally:
        await system.close()


async def _run(replay: Replay, begin: int, bounds: Bounds) -> None:
    """Replay and report, however it ends; raises `CommandFailed` if a signal stops it."""
    step = Progress(begin, 0, 0)
    try:
        with stop_signals() as stopping, progress("replayed", bounds.head - begin) as tell:
            async with aclosing(replay(begin, bounds.head)) as steps:
                async for step in steps:
                    tell(step.position - begin, _line(step, bounds))
                    if stopping.is_set():
                        break
    finally:
        console.print(_line(step, bounds), highlight=False, soft_wrap=True)
    if step.position < bounds.head:
        raise CommandFailed(f"stopped before the end: continue with --from {_cursor(step, bounds)}")


def _line(step: Progress, bounds: Bounds) -> str:
    skipped = f", {step.skipped:,} could not be decoded" if step.skipped else ""
    return f"replayed: {step.replayed:,} events{skipped}, up to {_cursor(step, bounds)}"


def _cursor(step: Progress, bounds: Bounds) -> str:
    return f"{bounds.epoch}.{step.position}"


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
