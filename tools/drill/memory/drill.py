"""Memory: the largest notifications, and the worst that is asked, within compose's 512 MB."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager

from tools.drill import look, table
from tools.drill.events import event
from tools.drill.hostile.target import MIB, Target
from tools.drill.memory import worst
from tools.drill.memory.bodies import DENSE, DENSER, PLAIN, SIZE, WIDE, insert
from tools.drill.memory.limited import LIMIT, limited, peak, reset_peak
from tools.drill.over.caller import STREAMS
from tools.drill.poison import Exchange
from tools.drill.stage import Stage, command
from tools.drill.verdict import Verdict, console
from tools.service import Service

COUNT = 300
# Rows of an earlier version, which had no bound on values.
DENSER_ROWS = 32
QUEUED = 700
RESTARTS = 3
LOOKS = 10
# The error of JSON-RPC for it.
TOO_LARGE = -32003


async def memory(stage: Stage, count: int = COUNT) -> bool:
    """Go through it on SQLite alone, then on PostgreSQL, RabbitMQ and Redis.

    `count` notifications of 1 MB are stored.
    """
    service = stage.service("several", ["producer", "consumer"], STREAMS)
    embedded = {
        "DATABASE_URL": f"sqlite+aiosqlite:///{stage.folder / 'memory.db'}",
        "BROKER_URL": "memory://",
        "CACHE_URL": "memory://",
    }
    await command(service, embedded, "migrate")
    with limited() as prefix:
        sqlite = _Run(stage, "SQLite", service, embedded, prefix)
        well = await sqlite.all(count)
        real = _Run(stage, "PostgreSQL", service, await stage.settings(service), prefix)
        well = await real.all(count) and well
        return await real.queue() and well


class _Run:
    """One deployment, through all of it; each part has its peak."""

    def __init__(
        self,
        stage: Stage,
        name: str,
        service: Service,
        settings: Mapping[str, str],
        prefix: Sequence[str],
    ) -> None:
        self._stage = stage
        self._name = name
        self._service = service
        self._settings = settings
        self._prefix = prefix
        self._stored = 0

    async def all(self, count: int) -> bool:
        """Fill the stores and ask; return whether all held."""
        parts = _Parts(f"{self._name}: {count} notifications of 1 MB, and the peaks")
        await self._fill(parts, count)
        await self._ask(parts)
        return parts.show(is_limited=bool(self._prefix))

    async def _fill(self, parts: "_Parts", count: int) -> None:
        contents = [PLAIN] * (count // 3) + [WIDE] * (count // 3)
        contents += [DENSE] * (count - len(contents))
        async with self._serving(parts, "start, empty") as target:
            asked = worst.post(target, contents)
            await parts.run(target, f"{count} are registered", asked, {202: count})
            asked = worst.post(target, [DENSER] * 8)
            await parts.run(target, "8 are denser than is taken", asked, {422: 8})
            self._stored = await worst.walk(target)
            while self._stored < count:
                await asyncio.sleep(0.5)
                self._stored = await worst.walk(target)
        await insert(self._settings, DENSER, DENSER_ROWS)
        self._stored += DENSER_ROWS

    async def _ask(self, parts: "_Parts") -> None:
        for number in range(RESTARTS - 1):
            async with self._serving(parts, f"start {number + 1}, full"):
                pass
        async with self._serving(parts, f"start {RESTARTS}, full") as target:
            ask = parts.run
            await ask(target, "default GET, 20 at once", worst.pages(target, "", 20), {400: 20})
            asked = worst.pages(target, "size=200", 20)
            await ask(target, "GET of 200, 20 at once", asked, {400: 20})
            asked = worst.pages(target, "size=19", 20)
            await ask(target, "GET of 19, 20 at once", asked, {200: 20})
            await ask(target, "all by cursor", worst.walk(target), self._stored)
            await ask(target, "5 GETs of 19, 40 deaf", worst.lists(target, 5, 40), {200: 5})
            await ask(target, "5 resume, 20 deaf", worst.resume(target, 5, self._stored), 5)
            contents = [PLAIN, WIDE, DENSE] * 20
            await ask(target, "10 follow 60, 10 deaf", worst.follow(target, contents, 10), 10)
            self._stored += len(contents)
            asked = worst.batches(target, 5)
            # Each batch is full with the first list.
            wanted = {0: 5, TOO_LARGE: 495}
            await ask(target, "5 batches of 100 lists, 5 deaf", asked, wanted)
            calls = worst.grpc_lists(target, 20)
            await ask(target, "20 gRPC lists, 4 deaf", calls, {"OK": 20})

    async def queue(self) -> bool:
        """Have a full queue wait at each of several starts; return whether all is consumed."""
        parts = _Parts(f"{self._name}: {QUEUED} messages of 1 MB wait")
        exchange = Exchange(self._settings["BROKER_URL"], self._settings["BROKER_EXCHANGE"])
        text = "x" * (SIZE - 1000)
        for _ in range(QUEUED // 50):
            await exchange.publish(
                *(
                    json.dumps(event(data={"action_data": {"text": text}})).encode()
                    for _ in range(50)
                )
            )
        url = self._settings["DATABASE_URL"]
        for number in range(RESTARTS):
            async with self._serving(parts, f"start {number + 1}") as target:
                await parts.run(target, "consumes", asyncio.sleep(2))
        async with self._serving(parts, "start, at last") as target:
            stored = _stored(url, self._stored + QUEUED)
            await parts.run(target, "all are stored", stored, True)
        return parts.show(is_limited=bool(self._prefix))

    @asynccontextmanager
    async def _serving(self, parts: "_Parts", what: str) -> AsyncIterator[Target]:
        free = {f"{name.upper()}_PORT": "0" for name in STREAMS}
        process = await self._stage.serve(
            self._service,
            {**self._settings, **free},
            transports=STREAMS,
            prefix=self._prefix,
        )
        target = Target(process, self._service, self._settings)
        await parts.run(target, what, asyncio.sleep(1), since_start=True)
        try:
            yield target
        finally:
            if not process.gone.is_set():
                await process.end()
            parts.ended(what, process.exit_code)


class _Parts:
    """The parts of a run, with the peak of each."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._verdict = Verdict(title)
        self._rows: list[tuple[str, float, float, str]] = []

    async def run(
        self,
        target: Target,
        what: str,
        asked: Awaitable[object],
        wanted: object = None,
        *,
        since_start: bool = False,
    ) -> None:
        """Do one part; with `wanted` it must come to that."""
        process = target.process
        if not since_start:
            reset_peak(process.pid)
        began = time.monotonic()
        try:
            seen = await asked
        except Exception as error:
            seen = f"{type(error).__name__}: {error}"
            self._verdict.holds(what, False, seen)
        most = peak(process.pid)
        self._rows.append((what, most / MIB, time.monotonic() - began, str(seen or "")))
        console.print(f"{what}: {most / MIB:.0f} MiB, {seen or ''}")
        self._verdict.holds(f"{what}: MiB", 0 < most < LIMIT, f"{most / MIB:.0f}")
        if wanted is not None:
            self._verdict.equal(what, seen, wanted)

    def ended(self, what: str, exit_code: int | None) -> None:
        """A process has ended, which is well where it was asked to."""
        self._verdict.equal(f"{what}: ended by itself or killed", exit_code, 0)

    def show(self, *, is_limited: bool) -> bool:
        """Print the peaks and the verdict; return whether all held."""
        how = "in a control group of 512 MiB" if is_limited else "sampled; no control group here"
        table.show(f"{self._title} ({how})", ("part", "peak MiB", "seconds", "seen"), self._rows)
        return self._verdict.show()


async def _stored(url: str, count: int) -> bool:
    """Wait until that many are stored; 700 MB take longer than it takes to look once."""
    for _ in range(LOOKS):
        if await look.stored(url, count):
            return True
    return False
