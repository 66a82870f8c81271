"""A caller with a key for each request, and how long the slowest answer took."""

import asyncio
import itertools
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tools.client.poster import Poster

AT_ONCE = 8


class Pulse:
    """The results of the requests; `slowest` is in seconds."""

    def __init__(self, url: str) -> None:
        self.accepted: list[str] = []
        self.failed: Counter[object] = Counter()
        self.slowest = 0.0
        self._poster = Poster(url, connections=AT_ONCE)
        self._stopped = False

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """Register for as long as the block lasts, and wait for the last answers."""
        async with asyncio.TaskGroup() as group:
            for number in range(AT_ONCE):
                group.create_task(self._beat(number))
            try:
                yield
            finally:
                self._stopped = True

    async def _beat(self, caller: int) -> None:
        body = json.dumps({"receiver": "ada", "action_type": "beat"}).encode()
        for number in itertools.count():
            if self._stopped:
                return
            began = time.monotonic()
            try:
                answer = await self._poster.post(body, f"{caller}-{number}")
            except OSError as error:
                self.failed[type(error).__name__] += 1
            else:
                if answer.status == 202:
                    self.accepted.append(json.loads(answer.body)["id"])
                else:
                    self.failed[answer.status] += 1
            self.slowest = max(self.slowest, time.monotonic() - began)
