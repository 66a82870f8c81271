"""Replay: an empty read model is filled from the journal, also after an interruption."""

import asyncio
import re
import signal
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from tools.drill import look
from tools.drill.history import NOTIFICATIONS, ORDERS, fill
from tools.drill.stage import Stage
from tools.drill.verdict import Verdict
from tools.orders import add_orders
from tools.process import unset
from tools.service import Service
from tools.usage import resident

COUNT = 1_000_000
KIND = "order.placed.v1"
# Seconds after which a run must have reported its progress.
SILENT = 20.0
MIB = 2**20
# MiB that it may hold more at its most than it held after half of its time.
GROWTH = 30

_TOLD = re.compile(r"replayed: ([\d,]+) events, up to ([0-9a-f]+\.\d+)")
_ROWS = "SELECT count(*) FROM orders"
# A row that is written again lies elsewhere, even with the same values.
_CHECKSUM = "SELECT count(*), sum(hashtextextended(ctid::text || o::text, 0)) FROM orders AS o"
_RIGHT = """
    SELECT count(*)
    FROM orders JOIN journal USING (id),
    LATERAL (SELECT convert_from(data, 'UTF8')::json) AS decoded (told)
    WHERE type = 'order.placed.v1' AND customer = told ->> 'customer'
        AND product = told ->> 'product' AND quantity = (told ->> 'quantity')::int
        AND placed_at = (told ->> 'placed_at')::timestamptz
"""


async def replay(stage: Stage, count: int = COUNT) -> bool:
    """Replay `count` events, interrupt once, go on; then again, and from the middle.

    Events of another type lie in the journal as well.
    """
    verdict = Verdict(f"{stage.name}: {count:,} events of {KIND}, into an empty table")
    service = stage.service("archive", ["producer", "consumer"])
    await asyncio.to_thread(add_orders, service)
    settings = await stage.settings(service)
    url = settings["DATABASE_URL"]
    version = await look.rows(
        url, "SELECT extversion FROM pg_extension WHERE extname LIKE 'times%'"
    )
    verdict.holds("TimescaleDB", True, version[0][0] if version else "not installed")
    now = datetime.now(UTC)
    await fill(url, NOTIFICATIONS, count // 10, now)
    await fill(url, ORDERS, count, now)
    archive = _Archive(service, settings)

    first = await archive.replay(interrupt_after=count // 3)
    verdict.equal("interrupted: exit code", first.code, 1)
    stored = await archive.count()
    verdict.holds("interrupted in the middle, rows", 0 < stored < count, stored)
    rest = await archive.replay("--from", first.cursor)
    verdict.equal("went on from the printed cursor: exit code", rest.code, 0)
    verdict.equal("rows of both", await archive.count(), count)
    verdict.equal("  with what their events tell", (await look.rows(url, _RIGHT))[0][0], count)
    verdict.equal("  replayed twice", first.events + rest.events - count, 0)
    rate = (first.events + rest.events) / (first.seconds + rest.seconds)
    verdict.holds("  events/s", True, int(rate))

    before = await look.rows(url, _CHECKSUM)
    again = await archive.replay()
    verdict.equal("a second run: exit code", again.code, 0)
    verdict.equal("  events", again.events, count)
    verdict.holds("  changes nothing", await look.rows(url, _CHECKSUM) == before)
    verdict.holds("  events/s", True, int(again.events / again.seconds))
    verdict.holds("  lines of progress", again.lines > 0 or again.seconds < SILENT, again.lines)
    verdict.holds(f"  memory grows by at most {GROWTH} MiB", again.growth <= GROWTH, again.memory)

    await look.rows(url, "TRUNCATE orders")
    part = await archive.replay("--from", first.cursor)
    verdict.equal("from the cursor alone: events", part.events, count - first.events)
    verdict.equal("  rows", await archive.count(), count - first.events)
    return verdict.show()


@dataclass
class _Run:
    """The result of a run; `memory` is its memory from time to time, in MiB."""

    code: int
    seconds: float
    events: int
    cursor: str
    lines: int
    held: list[int]

    @property
    def growth(self) -> int:
        """The MiB that it held more at its most than after half of its time."""
        return max(self.held) - self.held[len(self.held) // 2]

    @property
    def memory(self) -> str:
        """Its memory after each quarter of its time."""
        last = len(self.held) - 1
        return " ".join(f"{self.held[last * part // 4]}" for part in range(1, 5)) + " MiB"


class _Archive:
    """The service whose read model is filled."""

    def __init__(self, service: Service, settings: dict[str, str]) -> None:
        self._service = service
        self._settings = settings

    async def count(self) -> int:
        """Return how many rows the read model has."""
        found: int = (await look.rows(self._settings["DATABASE_URL"], _ROWS))[0][0]
        return found

    async def replay(self, *arguments: str, interrupt_after: int | None = None) -> _Run:
        """Run the command; send SIGTERM once the table has more rows than `interrupt_after`."""
        began = time.monotonic()
        child = await asyncio.create_subprocess_exec(
            self._service.command(self._service.slug),
            *("journal", "replay", "--type", KIND, *arguments),
            cwd=self._service.path,
            env=unset(self._service) | self._settings,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        watching = asyncio.create_task(self._watch(child, interrupt_after))
        output, errors = (text.decode() for text in await child.communicate())
        seconds = time.monotonic() - began
        assert child.returncode is not None
        told = _TOLD.search(output)
        if told is None:
            raise RuntimeError(f"replay told nothing of its progress: {errors or output}")
        lines = len(_TOLD.findall(errors))
        held = await watching
        return _Run(child.returncode, seconds, int(told[1].replace(",", "")), told[2], lines, held)

    async def _watch(
        self, child: asyncio.subprocess.Process, interrupt_after: int | None
    ) -> list[int]:
        held = []
        while child.returncode is None:
            try:
                held.append(resident(child.pid) // MIB)
            except FileNotFoundError:
                break
            if interrupt_after is not None and await self.count() > interrupt_after:
                child.send_signal(signal.SIGTERM)
                interrupt_after = None
            await asyncio.sleep(0.2)
        return held
