"""The load: a client that registers notifications and does not give up."""

import asyncio
import itertools
import json
from collections.abc import Iterator, Sequence
from uuid import uuid4

from tools.client.poster import Poster

AT_ONCE = 32
PAUSE = 0.2
PATIENCE = 120.0


class Load:
    """Registers `count` notifications one by one; what was answered 202 is in `accepted`.

    Without a count it goes on until `stop`. A refusal or a lost connection is tried again with the
    same idempotency key, as a careful caller would, for `patience` seconds.
    """

    def __init__(
        self, urls: Sequence[str], count: int | None = None, patience: float = PATIENCE
    ) -> None:
        self.count = count
        self.accepted: list[str] = []
        self.refused = 0
        self.lost = 0
        self._posters = itertools.cycle([Poster(url, connections=AT_ONCE) for url in urls])
        self._patience = patience
        self._progress = asyncio.Event()
        self._stopped = False
        self._failed: BaseException | None = None

    async def run(self) -> None:
        """Send all; raises where one is not accepted in time."""
        numbers = itertools.count() if self.count is None else iter(range(self.count))
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(AT_ONCE):
                    group.create_task(self._send(numbers))
        except BaseException as error:
            self._failed = error
            raise
        finally:
            self._progress.set()

    def stop(self) -> None:
        """Begin no more; `run` returns once those that were begun are accepted."""
        self._stopped = True

    async def reached(self, share: float) -> None:
        """Wait until that share of all has been accepted."""
        assert self.count
        await self.accepted_at_least(share * self.count)

    async def accepted_at_least(self, count: float) -> None:
        """Wait until that many have been accepted."""
        while len(self.accepted) < count and not self._failed:
            self._progress.clear()
            await self._progress.wait()

    async def _send(self, numbers: Iterator[int]) -> None:
        for number in numbers:
            if self._stopped:
                return
            body = {"receiver": f"r{number % 97}", "action_type": "drilled"}
            self.accepted.append(await self._insist(body | {"action_data": {"n": number}}))
            self._progress.set()

    async def _insist(self, body: dict[str, object]) -> str:
        key, content = uuid4().hex, json.dumps(body).encode()
        async with asyncio.timeout(self._patience):
            while True:
                try:
                    answer = await next(self._posters).post(content, key)
                except OSError:
                    self.lost += 1
                else:
                    if answer.status == 202:
                        identity: str = json.loads(answer.body)["id"]
                        return identity
                    if answer.status != 503:
                        raise RuntimeError(f"{answer.status}: {answer.body.decode()}")
                    self.refused += 1
                await asyncio.sleep(PAUSE)
