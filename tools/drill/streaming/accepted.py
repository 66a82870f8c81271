"""The events of three types that a producer accepts, one after the other."""

import asyncio
import itertools
from collections.abc import Iterator
from typing import NamedTuple

import httpx

from tools.drill.streaming.subscriber import Told

AT_ONCE = 8
NOTIFICATION, PLACED, SHIPPED = "notification", "order.placed", "order.shipped"

# Receivers of notifications, and customers: a subject is the subject of each type.
SUBJECTS = ("ada", "Zoë 😀", "a.b/c d")
TAGS = ("first", "second")


class Accepted(NamedTuple):
    """An event that was answered 202."""

    told: Told
    subject: str
    # The notification's action type, the product of an order that was placed.
    tag: str | None


class Producer:
    """Registers a notification, places an order and ships it, `count` times."""

    def __init__(self, url: str, count: int) -> None:
        self.accepted: list[Accepted] = []
        self._url = url
        self._count = count
        self._progress = asyncio.Event()

    async def run(self) -> None:
        """Send all; raises `HTTPError` for one that is not accepted."""
        kinds = itertools.cycle(itertools.product(SUBJECTS, TAGS))
        todo = itertools.islice(kinds, self._count)
        async with (
            httpx.AsyncClient(base_url=self._url, timeout=30) as http,
            asyncio.TaskGroup() as group,
        ):
            for _ in range(AT_ONCE):
                group.create_task(self._send(http, todo))

    async def reached(self, share: float) -> None:
        """Wait until that share of all has been accepted."""
        while len(self.accepted) < share * 3 * self._count:
            self._progress.clear()
            await self._progress.wait()

    async def _send(self, http: httpx.AsyncClient, todo: Iterator[tuple[str, str]]) -> None:
        for subject, tag in todo:
            notification = {"receiver": subject, "action_type": tag}
            await self._post(http, NOTIFICATION, "/notifications", notification, subject, tag)
            order = {"customer": subject, "product": tag}
            identity = await self._post(http, PLACED, "/orders", order, subject, tag)
            path = f"/orders/{identity}/shipment"
            await self._post(http, SHIPPED, path, {"customer": subject}, subject, None)

    async def _post(
        self,
        http: httpx.AsyncClient,
        event: str,
        path: str,
        body: dict[str, str],
        subject: str,
        tag: str | None,
    ) -> str:
        answer = (await http.post(path, json=body)).raise_for_status()
        identity: str = answer.json()["id"]
        self.accepted.append(Accepted(Told(event, identity), subject, tag))
        self._progress.set()
        return identity
