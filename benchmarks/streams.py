"""Streams: many subscribers on one consumer (`./run bench -- streams`).

A producer and a consumer, each with a database of its own. One process plays the subscribers and
the callers; what is timed begins when a POST is due and ends when the event's bytes are read.
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Mapping

from benchmarks.crowd import Crowd, body
from benchmarks.database_load import watched
from benchmarks.figures import NS, milliseconds, percentile
from benchmarks.scene import scene
from tools.client.pace import at_pace
from tools.client.poster import Poster
from tools.drill import look
from tools.drill.stage import Stage
from tools.drill.verdict import Verdict
from tools.process import Process, free_port
from tools.service import Service
from tools.usage import processor_time, resident

GROUPS = 100
LIMIT = 100.0
BACK = 10.0
ROUNDS = 5

# Seconds for which callers go on while the consumer restarts, whatever happens.
LONGEST = 120


class Streams:
    """The processes, and the count of what was sent to them."""

    def __init__(self, stage: Stage, service: Service, options: argparse.Namespace) -> None:
        self.options = options
        self.verdict = Verdict(
            f"{options.subscribers:,} subscribers, {options.rate:g} notifications a second"
        )
        self._stage = stage
        self._service = service
        self._port = free_port()
        self._sent = 0
        self._refused = 0

    async def run(self) -> bool:
        """Measure all, and show it."""
        own = {"BROKER_EXCHANGE": "streams", "MAX_STREAMS": str(self.options.subscribers + 100)}
        of_producer = await self._stage.settings(self._service, "producer", **own)
        of_consumer = await self._stage.settings(self._service, "consumer", **own)
        producer = await self._stage.serve(self._service, of_producer, "--role", "producer")
        consumer = await self._consumer(of_consumer)
        # Events from before the binding of the queue go to `unrouted`.
        await look.consumed_soon(of_consumer["BROKER_URL"], of_consumer["BROKER_QUEUE"])
        self._poster = Poster(producer.url)
        await self._send_at_pace(2)
        await self._steadily(consumer)
        await self._to_all(consumer)
        await self._restarted(consumer, of_consumer)
        self.verdict.equal("POSTs that were not accepted", self._refused, 0)
        return self.verdict.show()

    async def _consumer(self, settings: Mapping[str, str]) -> Process:
        port = {"HTTP_PORT": str(self._port)}
        return await self._stage.serve(self._service, {**settings, **port}, "--role", "consumer")

    async def _steadily(self, consumer: Process) -> None:
        crowd = Crowd(consumer.url, self.options.subscribers, GROUPS)
        await asyncio.sleep(2)
        before = resident(consumer.pid)
        async with crowd.following():
            await asyncio.sleep(2)
            each = (resident(consumer.pid) - before) / self.options.subscribers
            self.verdict.holds("memory of each subscriber", True, f"{each / 1024:.1f} KiB")
            computed, began = processor_time(consumer.pid), time.monotonic()
            numbers = await self._send_at_pace(self.options.seconds, crowd)
            await crowd.complete(numbers)
            share = (processor_time(consumer.pid) - computed) / (time.monotonic() - began)
            self._delivered(crowd, numbers)
            p99 = percentile(crowd.latencies, 0.99) / NS
            self.verdict.holds(
                f"from POST to client, p99 under {LIMIT:g} ms", p99 < LIMIT, f"{p99:.1f} ms"
            )
            self.verdict.holds("  ms", True, milliseconds(crowd.latencies))
            self.verdict.holds("the consumer's share of one processor", True, f"{share:.0%}")

    async def _to_all(self, consumer: Process) -> None:
        crowd = Crowd(consumer.url, self.options.subscribers, 0)
        taken = []
        async with crowd.following():
            for _ in range(ROUNDS):
                number, sent = self._sent, time.monotonic_ns()
                await self._post(crowd, number, sent)
                if await crowd.complete(range(number, number + 1)):
                    taken.append((crowd.last - sent) / NS)
        self.verdict.equal("one to all: rounds in which all got it", len(taken), ROUNDS)
        if taken:
            spread = f"{statistics.median(taken):.0f} ({min(taken):.0f} to {max(taken):.0f}) ms"
            self.verdict.holds("  until the last one has it, median", True, spread)

    async def _restarted(self, consumer: Process, settings: Mapping[str, str]) -> None:
        crowd = Crowd(consumer.url, self.options.subscribers, GROUPS)
        url = settings["DATABASE_URL"]
        async with crowd.following():
            stopping = asyncio.Event()
            sending = asyncio.create_task(self._send_at_pace(LONGEST, crowd, stopping))
            async with watched(url) as usual:
                await asyncio.sleep(self.options.window)
            async with watched(url) as meanwhile:
                since = time.monotonic()
                code = await consumer.end()
                ended = time.monotonic()
                again = await self._consumer(settings)
                listening = time.monotonic()
                back = await crowd.back(since)
            await asyncio.sleep(1)
            stopping.set()
            numbers = await sending
            self.verdict.equal("SIGTERM: the consumer's exit code", code, 0)
            self.verdict.holds(
                f"all {len(back):,} are back within {BACK:g} s",
                back[-1] < BACK,
                f"{back[-1]:.1f} s",
            )
            spent = f"ended {ended - since:.1f} s, listening {listening - since:.1f} s, "
            spent += f"half of them back {percentile(back, 0.5):.1f} s"
            self.verdict.holds("  after the signal", True, spent)
            await crowd.complete(numbers)
            self._delivered(crowd, numbers)
            self.verdict.equal("  streams reset", sum(each.resets for each in crowd.readers), 0)
            refused = sum(each.refused for each in crowd.readers)
            self.verdict.holds("  refused, and tried again", True, refused)
            self.verdict.holds("the database before", True, usual)
            self.verdict.holds("the database meanwhile", True, meanwhile)
            self.verdict.holds("the new process", again.exit_code is None)

    def _delivered(self, crowd: Crowd, numbers: range) -> None:
        missing = crowd.missing(numbers)
        self.verdict.holds(
            f"{len(numbers):,} notifications: {len(crowd.latencies):,} deliveries, missing",
            missing == 0,
            missing,
        )
        self.verdict.equal("  twice", crowd.twice(), 0)

    async def _send_at_pace(
        self, seconds: float, crowd: Crowd | None = None, stopping: asyncio.Event | None = None
    ) -> range:
        first = self._sent

        async def send(number: int, due: int) -> None:
            await self._post(crowd, first + number, due)

        await at_pace(self.options.rate, seconds, send, stopping)
        return range(first, self._sent)

    async def _post(self, crowd: Crowd | None, number: int, due: int) -> None:
        self._sent += 1
        receiver = crowd.receiver(number) if crowd else "nobody"
        answer = await self._poster.post(body(receiver, number, due))
        self._refused += answer.status != 202


async def main(options: argparse.Namespace) -> int:
    """Return 0 where all that was asked for holds."""
    async with scene("streams") as (stage, service):
        return 0 if await Streams(stage, service, options).run() else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="streams", description=__doc__)
    parser.add_argument("--subscribers", type=int, default=2000)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--seconds", type=float, default=30, help="of the steady load")
    parser.add_argument("--window", type=float, default=5, help="seconds before the restart")
    sys.exit(asyncio.run(main(parser.parse_args())))
