"""Whether one can tell by the time why one is refused: `./run bench -- refusals --turns 100`.

A service with all transports and `AUTH=jwt`, both roles in one process. Over each transport one
caller asks after the other: each request with each token that is refused, in turns with one that is
accepted. Then the callers ask for another receiver's items, and for missing ones.

Ends with 1 where anything was accepted, or was refused without a line in the log. How long it took
is printed and not judged.
"""

import argparse
import asyncio
import json
import sys
from collections import Counter
from collections.abc import Mapping
from statistics import median
from typing import Any

from rich.table import Table

from benchmarks.rounds import console
from benchmarks.stand import Stand, stand
from tools.printed import printed
from tools.process import Process
from tools.service import ROOT, environment

TRANSPORTS = ("http", "tcp", "grpc")
REQUESTS = ("register", "list", "get", "seen", "report", "subscribe")
EXISTENCE = "existence"
ACCEPTED = "accepted"
# The log events of a refusal.
EVENTS = ("token refused", "forbidden")
# Seconds in which the last lines of the log must come.
PATIENCE = 10.0
# Sessions that never say who they are stay for as long as a table takes.
SETTINGS = {"HANDSHAKE_TIMEOUT": "3600", "TCP_PORT": "0", "GRPC_PORT": "0"}
SERVE = ("--logged", "serve")

# The requests of the sides that are compared with the one before them.
ABSENT = {
    "get, another's": "get, not there",
    "get, another's, not cached": "get, not there",
    "seen, another's": "seen, not there",
    "wrong key, somebody": "wrong key, nobody",
}

Sides = dict[str, dict[str, Any]]


class Refusals:
    """Measures one transport after the other, and keeps what was not refused or not logged."""

    def __init__(self, on: Stand, settings: Mapping[str, str], turns: int) -> None:
        self.faults: list[str] = []
        self._on = on
        self._settings = settings
        self._turns = turns

    async def transport(self, process: Process, name: str) -> None:
        """Print a table of its refusals, and one of what is hidden."""
        found = {what: await self._take(process, name, what) for what in REQUESTS}
        table = _table(f"{name}: median time of a refusal, as a multiple of an accepted call's")
        for heading in REQUESTS:
            table.add_column(heading, justify="right")
        first = [_milliseconds(found[what][ACCEPTED]) for what in REQUESTS]
        table.add_row("accepted, ms", *(f"{each:.2f}" for each in first))
        for kind in list(found["get"])[1:]:
            cells = [_cell(found[what].get(kind), found[what][ACCEPTED]) for what in REQUESTS]
            table.add_row(kind, *cells)
        console.print(table)
        self._existence(name, await self._take(process, name, EXISTENCE))

    def _existence(self, name: str, sides: Sides) -> None:
        table = _table(f"{name}: whether it is there")
        for heading in ("ms", "compared with", "ms", "ratio"):
            table.add_column(heading, justify="left" if heading == "compared with" else "right")
        for one, other in ABSENT.items():
            ours, theirs = _milliseconds(sides[one]), _milliseconds(sides[other])
            table.add_row(one, f"{ours:.2f}", other, f"{theirs:.2f}", f"{ours / theirs:.2f}")
        console.print(table)

    async def _take(self, process: Process, name: str, what: str) -> Sides:
        before = Counter(process.told)
        line = [self._on.service.command("python"), "-m", "benchmarks.inside.refused"]
        env = {**environment(), **self._settings, "PYTHONPATH": str(ROOT)}
        arguments = (name, str(process.ports[name]), what, str(self._turns))
        text = await printed(*line, *arguments, cwd=self._on.service.path, env=env, told=line[-1])
        told = json.loads(text)
        expected = {event: told["logged"].get(event, 0) for event in EVENTS}
        found = await logged(process, before, expected)
        place = f"{name}, {what}"
        lines = ", ".join(f"{count} {event}" for event, count in found.items())
        console.print(f"[dim]{place}: refused and logged: {lines}")
        if found != expected:
            self.faults.append(f"{place}: {expected} should be in the log, and {found} are")
        sides: Sides = told["sides"]
        self.faults += [f"{place}: {fault}" for fault in unrefused(sides)]
        return sides


def unrefused(sides: Sides) -> list[str]:
    """Return whose call was answered otherwise than all of theirs must be."""
    return [
        f"{name}: {each['answers']}"
        for name, each in sides.items()
        if len(each["answers"]) != 1 or (ACCEPTED in each["answers"]) != (name == ACCEPTED)
    ]


async def logged(
    process: Process, before: Counter[str], expected: Mapping[str, int]
) -> dict[str, int]:
    """Return how often the log has reported refusals since, once that may be all of them."""
    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE
    while True:
        # One line too many comes no later than the others.
        await asyncio.sleep(0.1)
        found = {event: process.told[event] - before[event] for event in EVENTS}
        if loop.time() > end or all(found[event] >= count for event, count in expected.items()):
            return found


def _table(title: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None)
    table.add_column("", no_wrap=True)
    return table


def _cell(side: dict[str, Any] | None, accepted: dict[str, Any]) -> str:
    return f"{_milliseconds(side) / _milliseconds(accepted):.2f}" if side else "-"


def _milliseconds(side: dict[str, Any]) -> float:
    seconds: list[float] = side["seconds"]
    return median(seconds) * 1000


async def main(options: argparse.Namespace) -> int:
    """Return 0 where all that had to be refused was, and was logged."""
    async with stand(durable=options.durable, transports=list(TRANSPORTS)) as on:
        settings = await on.settings("refusals", **await _access(on), **SETTINGS)
        refusals = Refusals(on, settings, options.turns)
        serving = on.run("inside.serve", *SERVE, settings=settings, servers=TRANSPORTS)
        async with serving as process:
            for name in options.transport or TRANSPORTS:
                await refusals.transport(process, name)
    for fault in refusals.faults:
        console.print(f"[bold red]{fault}", soft_wrap=True)
    return 1 if refusals.faults else 0


async def _access(on: Stand) -> dict[str, str]:
    """Return the settings that go with the tokens of the service's own tests."""
    program = "import json\nfrom tests.conformance.tokens import ACCESS\nprint(json.dumps(ACCESS))"
    line = (on.service.command("python"), "-c", program)
    text = await printed(*line, cwd=on.service.path, env=environment(), told="tokens")
    return dict(json.loads(text))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench -- refusals", description=__doc__)
    parser.add_argument("transport", nargs="*", help=", ".join(TRANSPORTS))
    parser.add_argument("--turns", type=int, default=100)
    parser.add_argument(
        "--no-fsync", dest="durable", action="store_false", help="as the servers of the tests"
    )
    sys.exit(asyncio.run(main(parser.parse_args())))
