"""The requests of the demonstration, and the answers."""

import asyncio
import json
import random
import time
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

RECEIVERS = ("alice", "bob", "carol", "dave", "erin", "frank")
EVENTS: tuple[tuple[str, dict[str, object]], ...] = (
    ("order-paid", {"amount": "129.90"}),
    ("parcel-shipped", {"carrier": "north"}),
    ("comment-added", {"post": 4711}),
    ("friend-joined", {"friend": "grace"}),
    ("password-changed", {"device": "phone"}),
)


class Traffic:
    """A client that registers notifications and follows the stream at the same time."""

    def __init__(self, url: str) -> None:
        # By id: when it was sent (single ones alone are timed), how often and when it arrived.
        self.sent: set[str] = set()
        self.began: dict[str, float] = {}
        self.seen: Counter[str] = Counter()
        self.arrived: dict[str, float] = {}
        self.recent: deque[dict[str, Any]] = deque(maxlen=12)
        self.flood_took = 0.0
        self.stored = 0
        self._http = httpx.AsyncClient(base_url=url, timeout=30)
        self._arrival = asyncio.Event()
        self._random = random.Random(7)

    @property
    def complete(self) -> bool:
        """Whether all that was accepted is stored and came out, each once, and nothing else."""
        return self.seen == Counter(self.sent) and self.stored == len(self.sent)

    @property
    def latencies(self) -> list[float]:
        """The seconds from each single POST's first byte to its event, shortest first."""
        return sorted(
            self.arrived[key] - at for key, at in self.began.items() if key in self.arrived
        )

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Follow the stream for as long as the block lasts."""
        async with self._http, self._http.stream("GET", "/stream") as response:
            response.raise_for_status()
            following = asyncio.create_task(self._follow(response))
            try:
                yield
            finally:
                following.cancel()

    async def trickle(self, count: int) -> None:
        """Register `count` notifications one by one, slowly enough to read along."""
        for _ in range(count):
            began = time.perf_counter()
            key = (await self._post(self._make()))["id"]
            self.sent.add(key)
            self.began[key] = began
            await asyncio.sleep(0.08)

    async def flood(self, batches: int, size: int) -> None:
        """Register `batches` arrays of `size` notifications and wait until all have arrived."""
        began = time.perf_counter()
        for _ in range(batches):
            answer = await self._post([self._make() for _ in range(size)])
            self.sent.update(answer["ids"])
        await self._wait()
        self.flood_took = time.perf_counter() - began

    async def count_stored(self) -> None:
        """Ask the service how many notifications it lists."""
        answer = await self._http.get("/notifications", params={"page": 1, "size": 1})
        self.stored = answer.raise_for_status().json()["total"]

    async def _post(self, body: object) -> dict[str, Any]:
        answer = await self._http.post("/notifications", json=body)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    async def _wait(self) -> None:
        """Return once everything has arrived, or nothing has for ten seconds."""
        while len(self.seen) < len(self.sent):
            self._arrival.clear()
            try:
                async with asyncio.timeout(10):
                    await self._arrival.wait()
            except TimeoutError:
                return

    async def _follow(self, response: httpx.Response) -> None:
        event = ""
        async for line in response.aiter_lines():
            name, _, value = line.partition(":")
            if name == "event":
                event = value.strip()
            elif name == "data" and event == "notification":
                self._receive(json.loads(value))
            elif not line:
                event = ""

    def _receive(self, notification: dict[str, Any]) -> None:
        self.seen[notification["id"]] += 1
        self.arrived.setdefault(notification["id"], time.perf_counter())
        self.recent.append(notification)
        self._arrival.set()

    def _make(self) -> dict[str, object]:
        action, data = self._random.choice(EVENTS)
        receiver = self._random.choice(RECEIVERS)
        return {"receiver": receiver, "action_type": action, "action_data": data}
