"""The cost of an answer: `./run bench -- ask --rounds 5 --seconds 3`.

Compares a bare loop over a queue with a `MessageActor`, which has deadlines, limits, a supervisor
and metrics. The third side is an actor of Pykka, which has a thread of its own. Once with one
caller that awaits each answer, and once with a hundred.
"""

import argparse
import asyncio
import json
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks.rounds import Sample, Side, alternate, report
from benchmarks.stand import Programs, programs
from tools.service import ROOT, TESTED, environment, pip_install

PEER = Path(__file__).parent / "peers" / "pykka.txt"
AT_LEAST = 0.5


def measured(
    on: Programs, side: str, callers: int, seconds: float
) -> Callable[[], Awaitable[Sample]]:
    """Return what measures one side: answers a second."""
    program = (on.service.command("python"), "-m", "benchmarks.inside.ask_actor")
    command = [*program, side, str(callers), str(seconds)]

    async def measure() -> Sample:
        output = await asyncio.to_thread(
            subprocess.check_output,
            command,
            cwd=on.service.path,
            env=environment() | {"PYTHONPATH": str(ROOT)},
            text=True,
        )
        return Sample(json.loads(output)["rate"])

    return measure


async def main(options: argparse.Namespace) -> None:
    """Print both comparisons."""
    peer = PEER.read_text().strip()
    async with programs() as on:
        pip_install(on.service, *TESTED, peer)
        for callers in (1, 100):
            bare, actor, pykka = (
                measured(on, side, callers, options.seconds) for side in ("bare", "actor", "pykka")
            )
            sides = [
                Side("bare loop", bare),
                Side("MessageActor", actor, at_least=AT_LEAST),
                Side("Pykka", pykka),
            ]
            await alternate(sides, options.rounds)
            name, _, version = peer.partition("==")
            title = f"ask, callers: {callers}"
            report(f"ask-{callers}", title, "answers/s", sides, {name: version})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench -- ask", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    asyncio.run(main(parser.parse_args()))
