"""Latency: from POST to the stream, through all servers (`./run bench -- latency`).

One service with both roles, or (`--apart`) a process for each. One process plays the callers and
the subscriber; what is timed begins when a POST is due and ends when the event's bytes are read.
"""

import argparse
import asyncio
import sys
import time
from array import array
from collections.abc import Mapping

from benchmarks.crowd import Crowd, body
from benchmarks.figures import NS, milliseconds, percentile
from benchmarks.scene import scene
from tools.client.pace import at_pace
from tools.client.poster import Poster
from tools.drill import look
from tools.drill.stage import Stage
from tools.drill.verdict import Verdict
from tools.process import Process
from tools.service import Service
from tools.usage import processor_time, resident

P50, P99 = 10.0, 50.0
GROWTH = 30
MINUTE = 60.0
MIB = 2**20


async def latency(stage: Stage, service: Service, options: argparse.Namespace) -> bool:
    """Send at the pace for the whole time; return whether all that is asked for holds."""
    seconds = options.minutes * MINUTE if options.minutes else options.seconds
    verdict = Verdict(f"POST to stream at {options.rate:g} a second for {seconds:g} s")
    settings = await stage.settings(service)
    processes = await _serve(stage, service, settings, apart=options.apart)
    # Events from before the binding of the queue go to `unrouted`.
    await look.consumed_soon(settings["BROKER_URL"], settings["BROKER_QUEUE"])
    caller = _Caller(processes[0])
    crowd = Crowd(processes[-1].url, 1, 0)
    async with crowd.following():
        # Compiling and connecting at first use are not part of the measurement.
        await at_pace(options.rate, 2, caller.send)
        await crowd.complete(range(int(2 * options.rate)))
        crowd.forget()
        caller.forget()
        watching = asyncio.create_task(_watch(processes))
        computed, began = _computed(processes), time.monotonic()
        await at_pace(options.rate, seconds, caller.send)
        took = time.monotonic() - began
        share = (_computed(processes) - computed) / took
        await crowd.complete(range(int(seconds * options.rate)))
        watching.cancel()
        memory = await watching
    count = int(seconds * options.rate)
    verdict.holds("sent at that pace", took < seconds + 1, f"{count / took:,.0f} a second")
    verdict.equal("not accepted", caller.refused, 0)
    verdict.equal("missing", crowd.missing(range(count)), 0)
    verdict.equal("twice", crowd.twice(), 0)
    for bound, at_most in ((0.5, P50), (0.99, P99)):
        seen = percentile(crowd.latencies, bound) / NS
        verdict.holds(f"p{bound * 100:g} at most {at_most:g} ms", seen <= at_most, f"{seen:.1f} ms")
    verdict.holds("  ms", True, milliseconds(crowd.latencies))
    verdict.holds("  until the 202, ms", True, milliseconds(caller.answered))
    verdict.holds("  until the caller had a turn, ms", True, milliseconds(caller.late))
    verdict.holds("the service's share of one processor", True, f"{share:.0%}")
    _remember(verdict, memory, whole=bool(options.minutes))
    return verdict.show()


class _Caller:
    """Posts what is due; keeps how long the answer took, and how late the caller itself was."""

    def __init__(self, producer: Process) -> None:
        self.answered = array("q")
        self.late = array("q")
        self.refused = 0
        self._poster = Poster(producer.url)

    async def send(self, number: int, due: int) -> None:
        """Post the notification of that number."""
        self.late.append(time.monotonic_ns() - due)
        answer = await self._poster.post(body(f"r{number}", number, due))
        self.answered.append(time.monotonic_ns() - due)
        self.refused += answer.status != 202

    def forget(self) -> None:
        """Begin again."""
        del self.answered[:], self.late[:]


async def _serve(
    stage: Stage, service: Service, settings: Mapping[str, str], *, apart: bool
) -> list[Process]:
    if not apart:
        return [await stage.serve(service, settings)]
    roles = ("producer", "consumer")
    return [await stage.serve(service, settings, "--role", role) for role in roles]


def _computed(processes: list[Process]) -> float:
    return sum(processor_time(process.pid) for process in processes)


async def _watch(processes: list[Process]) -> list[tuple[float, int]]:
    """Return the seconds and the bytes of all processes, once a second until cancelled."""
    began = time.monotonic()
    seen = []
    try:
        while True:
            held = sum(resident(process.pid) for process in processes)
            seen.append((time.monotonic() - began, held))
            await asyncio.sleep(1)
    except asyncio.CancelledError:
        return seen


def _remember(verdict: Verdict, memory: list[tuple[float, int]], *, whole: bool) -> None:
    """Show the memory minute by minute; its growth after the first one is bounded."""
    if not whole:
        return
    last = memory[-1][1]
    first = next(held for at, held in memory if at >= min(MINUTE, memory[-1][0]))
    by_minute = [held for number, (_, held) in enumerate(memory) if number % 60 == 0]
    growth = (last - first) / MIB
    verdict.holds(
        f"memory grows by at most {GROWTH} MiB after a minute",
        growth <= GROWTH,
        f"{growth:.1f} MiB",
    )
    verdict.holds("  MiB, by minute", True, ", ".join(f"{held / MIB:.0f}" for held in by_minute))


async def main(options: argparse.Namespace) -> int:
    """Return 0 where all that was asked for holds."""
    async with scene("latency") as (stage, service):
        return 0 if await latency(stage, service, options) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="latency", description=__doc__)
    parser.add_argument("--rate", type=float, default=1000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--minutes", type=float, help="instead of seconds; watches the memory")
    parser.add_argument("--apart", action="store_true", help="a process for each role")
    sys.exit(asyncio.run(main(parser.parse_args())))
