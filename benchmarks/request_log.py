"""The cost of a log line for each request: `./run bench -- request_log --rounds 15 --seconds 3`.

`POST /notifications` on 64 connections, with the relay. One process has its request log off, and
another one has it on, as by default. Both stay up; they take short turns under load. Each request
must leave one line, none may be lost, and all that was accepted must be published.
"""

import argparse
import asyncio

import httpx

from benchmarks import watch
from benchmarks.register import CONNECTIONS, PRODUCER, Register
from benchmarks.rounds import Sample, Side, alternate, report
from benchmarks.stand import stand
from tools.process import Process

LOST = "log_lines_lost_total"
# Seconds in which the last lines must have been read.
PATIENCE = 30.0


class Producer:
    """A producer that stays up for all rounds."""

    def __init__(self, register: Register, process: Process, settings: dict[str, str]) -> None:
        self._accepted = 0
        self._register = register
        self._process = process
        self._settings = settings

    async def measure(self) -> Sample:
        """Measure it under load, and wait until it has published all."""
        sample, answered = await self._register.load(self._process)
        await watch.drained(self._settings["DATABASE_URL"])
        self._accepted += await self._register.accepted(self._settings, answered)
        await watch.clear(self._settings)
        return sample

    async def check(self, is_logged: bool) -> None:
        """Raise `RuntimeError` if its log has another number of lines than it took requests."""
        async with httpx.AsyncClient(trust_env=False) as client:
            metrics = (await client.get(f"{self._process.ops_url}/metrics")).text
        if f"{LOST} 0.0" not in metrics:
            raise RuntimeError("lines of the log were lost")
        expected = self._accepted if is_logged else 0
        async with asyncio.timeout(PATIENCE):
            while self._process.told["request"] < expected:
                await asyncio.sleep(0.1)
        if self._process.told["request"] > expected:
            raise RuntimeError(f"{self._process.told['request']} lines, {expected} requests")


async def main(options: argparse.Namespace) -> None:
    """Print the comparison."""
    async with stand(durable=options.durable) as on:
        register = Register(on, options.seconds)
        off, logged = await on.settings("off"), await on.settings("logged")
        for settings in (off, logged):
            async with on.serve("serve", "--role", "consumer", settings=settings):
                await watch.bind(settings)
        async with (
            on.serve(*PRODUCER, settings=off) as quiet,
            on.serve("--logged", *PRODUCER, settings=logged) as told,
        ):
            without = Producer(register, quiet, off)
            with_log = Producer(register, told, logged)
            # The first of each warms up.
            await without.measure()
            await with_log.measure()
            sides = [
                Side("request log off", without.measure),
                Side("request log on", with_log.measure, at_least=0.95),
            ]
            await alternate(sides, options.rounds)
            await without.check(is_logged=False)
            await with_log.check(is_logged=True)
    title = f"POST /notifications, {CONNECTIONS} connections, {options.seconds} s"
    report("request_log", title, "answers/s", sides)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench -- request_log", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument(
        "--no-fsync", dest="durable", action="store_false", help="as the servers of the tests"
    )
    asyncio.run(main(parser.parse_args()))
