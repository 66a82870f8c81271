"""The times of the faults, and of the log lines of each process."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

EVERY = 0.2

console = Console(highlight=False)


class Timeline:
    """Notes with the seconds since the beginning."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._notes: list[tuple[float, str, str]] = []
        # By process: (seconds, HTTP status, names of what is not well), whenever it changes.
        self.said: dict[str, list[tuple[float, int, frozenset[str]]]] = {}

    def now(self) -> float:
        """Return the seconds since the beginning."""
        return time.monotonic() - self._began

    def note(self, who: str, what: str) -> None:
        """Write down what happened just now."""
        self._notes.append((self.now(), who, what))

    @asynccontextmanager
    async def watching(self, ops: Mapping[str, str]) -> AsyncIterator[None]:
        """Ask each process's `/readyz` for as long as the block lasts, and note every change."""
        async with httpx.AsyncClient(timeout=10) as http:
            tasks = [asyncio.create_task(self._watch(http, *item)) for item in ops.items()]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()

    def told(self, process: str, dependency: str, status: int, since: float) -> bool:
        """Return whether the process has said so since then."""
        return any(
            at >= since and code == status and dependency in broken
            for at, code, broken in self.said[process]
        )

    def well(self, process: str) -> bool:
        """Return whether the last that the process said is that all is well."""
        return bool(self.said[process]) and self.said[process][-1][1:] == (200, frozenset())

    def show(self) -> None:
        """Print everything in order."""
        table = Table(title="timeline", title_justify="left", title_style="bold", box=None)
        table.add_column("s", justify="right", style="dim")
        table.add_column("who", style="bold")
        table.add_column("what")
        for at, who, what in sorted(self._notes):
            table.add_row(f"{at:.1f}", who, what)
        console.print(table)

    async def _watch(self, http: httpx.AsyncClient, process: str, ops: str) -> None:
        changes = self.said.setdefault(process, [])
        while True:
            try:
                answer = await http.get(f"{ops}/readyz")
                found = (answer.status_code, _broken(answer.json()))
            except httpx.TransportError:
                found = (0, frozenset())
            if not changes or changes[-1][1:] != found:
                changes.append((self.now(), *found))
                broken = f": {', '.join(sorted(found[1]))} away" if found[1] else ""
                self.note(process, f"/readyz {found[0] or 'does not answer'}{broken}")
            await asyncio.sleep(EVERY)


def _broken(status: dict[str, Any]) -> frozenset[str]:
    return frozenset(name for name, each in status["dependencies"].items() if not each["ok"])
