"""Callers who try no failure again: each request of theirs is answered well, or has failed."""

import asyncio
import itertools
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from tools.client.poster import Poster

AT_ONCE = 16
READERS = 4
LIST = "/notifications?page=1&size=10"


class Callers:
    """Register and list without a pause; `answers` counts what came, by kind and status.

    Each registers under an idempotency key of its own.
    """

    def __init__(self, register_at: str, list_at: str) -> None:
        self.accepted: list[str] = []
        self.answers: Counter[tuple[str, object]] = Counter()
        self._poster = Poster(register_at, connections=AT_ONCE)
        self._list_at = list_at
        self._stopped = False
        # The body and the id of each request that was accepted, by its key.
        self._by_key: dict[str, tuple[bytes, str]] = {}

    @property
    def failed(self) -> dict[tuple[str, object], int]:
        """Answers that were not as expected."""
        good = {("POST", 202), ("GET", 200)}
        return {kind: count for kind, count in self.answers.items() if kind not in good}

    @asynccontextmanager
    async def calling(self) -> AsyncIterator[None]:
        """Call for as long as the block lasts, and wait for the last answers."""
        async with asyncio.TaskGroup() as group, httpx.AsyncClient(timeout=30) as http:
            for number in range(AT_ONCE):
                group.create_task(self._register(number))
            tasks = [group.create_task(self._read(http)) for _ in range(READERS)]
            try:
                yield
            finally:
                self._stopped = True
                await asyncio.wait(tasks)
        self._poster.close()

    async def again(self, first: int, count: int) -> int:
        """Send `count` accepted requests again, from the number `first` on, with their keys.

        Return how many were answered with the id that they got before.
        """
        some = [*self._by_key.items()][first : first + count]
        same = 0
        for key, (body, identity) in some:
            answer = await self._poster.post(body, key)
            same += answer.status == 202 and json.loads(answer.body)["id"] == identity
        return same

    async def _register(self, caller: int) -> None:
        for number in itertools.count():
            if self._stopped:
                return
            told = {"receiver": f"r{caller}", "action_type": "rolled", "action_data": {"n": number}}
            body, key = json.dumps(told).encode(), f"{caller}-{number}"
            try:
                answer = await self._poster.post(body, key)
            except OSError as error:
                self.answers["POST", type(error).__name__] += 1
                continue
            self.answers["POST", answer.status] += 1
            if answer.status == 202:
                self._by_key[key] = (body, json.loads(answer.body)["id"])
                self.accepted.append(self._by_key[key][1])

    async def _read(self, http: httpx.AsyncClient) -> None:
        while not self._stopped:
            try:
                answer = await http.get(self._list_at + LIST)
            except httpx.TransportError as error:
                self.answers["GET", type(error).__name__] += 1
            else:
                self.answers["GET", answer.status_code] += 1
