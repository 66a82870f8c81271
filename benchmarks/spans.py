"""The spans of a service as they reach a collector, and the tree that they make."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from rich.tree import Tree

from tools.service import Service, environment

PATIENCE = 30.0
MS = 1e6


@dataclass
class Collected:
    """The collector's address, and its output."""

    url: str
    lines: asyncio.StreamReader

    async def trace(self, trace: str, count: int) -> list[dict[str, Any]]:
        """Return the first `count` spans of a trace; raises `TimeoutError` where fewer come."""
        found: list[dict[str, Any]] = []
        async with asyncio.timeout(PATIENCE):
            while len(found) < count:
                span = json.loads(await self.lines.readline())
                if span["trace"] == trace:
                    found.append(span)
        return found


@asynccontextmanager
async def collector(service: Service) -> AsyncIterator[Collected]:
    """Run the collector that the service's tests have."""
    child = await asyncio.create_subprocess_exec(
        *(service.command("python"), "-m", "tests.collector"),
        cwd=service.path,
        env=environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdin
    assert child.stdout
    try:
        async with asyncio.timeout(PATIENCE):
            url = (await child.stdout.readline()).decode().strip()
        yield Collected(url, child.stdout)
    finally:
        child.stdin.close()
        await child.wait()


def tree(spans: Sequence[dict[str, Any]]) -> Tree:
    """Return the spans below their parents, each with when it began and how long it took."""
    spans = sorted(spans, key=lambda span: span["start"])
    [root] = _below({span["id"] for span in spans}, spans, is_root=True)
    top = Tree(_told(root, root))
    _grow(top, root, root, spans)
    return top


def _grow(
    branch: Tree, span: dict[str, Any], root: dict[str, Any], spans: Sequence[dict[str, Any]]
) -> None:
    for child in _below({span["id"]}, spans, is_root=False):
        _grow(branch.add(_told(child, root)), child, root, spans)


def _below(
    ids: set[str], spans: Sequence[dict[str, Any]], *, is_root: bool
) -> Iterator[dict[str, Any]]:
    return (span for span in spans if (span["parent"] in ids) is not is_root)


def _told(span: dict[str, Any], root: dict[str, Any]) -> str:
    began = (span["start"] - root["start"]) / MS
    took = (span["end"] - span["start"]) / MS
    place = f"[bold]{span['service']}[/] {span['kind']} {span['name']}"
    return f"{place}  at {began:.2f} ms, {took:.2f} ms{', failed' if span['failed'] else ''}"
