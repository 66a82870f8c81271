"""The load: a client that registers notifications and does not give up."""

import asyncio
import itertools
from collections.abc import Iterator, Sequence
from uuid import uuid4

import httpx

AT_ONCE = 32
PAUSE = 0.2
PATIENCE = 120.0


class Load:
    """Registers `count` notifications one by one; what was answered 202 is in `accepted`.

    A refusal or a lost connection is tried again with the same idempotency key, as a careful
    caller would.
    """

    def __init__(self, urls: Sequence[str], count: int) -> None:
        self.count = count
        self.accepted: list[str] = []
        self.refused = 0
        self.lost = 0
        self._urls = itertools.cycle(urls)
        self._progress = asyncio.Event()
        self._failed: BaseException | None = None

    async def run(self) -> None:
        """Send all; raises where one is not accepted within two minutes."""
        numbers = iter(range(self.count))
        limits = httpx.Limits(max_connections=AT_ONCE)
        try:
            async with (
                httpx.AsyncClient(timeout=30, limits=limits) as http,
                asyncio.TaskGroup() as group,
            ):
                for _ in range(AT_ONCE):
                    group.create_task(self._send(http, numbers))
        except BaseException as error:
            self._failed = error
            raise
        finally:
            self._progress.set()

    async def reached(self, share: float) -> None:
        """Wait until that share of all has been accepted."""
        while len(self.accepted) < share * self.count and not self._failed:
            self._progress.clear()
            await self._progress.wait()

    async def _send(self, http: httpx.AsyncClient, numbers: Iterator[int]) -> None:
        for number in numbers:
            body = {"receiver": f"r{number % 97}", "action_type": "drilled"}
            self.accepted.append(await self._insist(http, body | {"action_data": {"n": number}}))
            self._progress.set()

    async def _insist(self, http: httpx.AsyncClient, body: dict[str, object]) -> str:
        headers = {"Idempotency-Key": uuid4().hex}
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    url = f"{next(self._urls)}/notifications"
                    answer = await http.post(url, json=body, headers=headers)
                except httpx.TransportError:
                    self.lost += 1
                else:
                    if answer.status_code == 202:
                        identity: str = answer.json()["id"]
                        return identity
                    if answer.status_code != 503:
                        raise RuntimeError(f"{answer.status_code}: {answer.text}")
                    self.refused += 1
                await asyncio.sleep(PAUSE)
