"""A reader of queues that shares no code with the service: pika, in a thread of its own."""

import asyncio
import json
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

import pika
from pika.adapters.blocking_connection import BlockingChannel

# Seconds without a message after which a queue has no more.
QUIET = 2.0
PREFETCH = 10


class Got(NamedTuple):
    """A message: its id, the subject and the number of its event."""

    id: str
    subject: str
    number: int


class Reader:
    """Consumes queues until it is closed, and keeps what it got."""

    def __init__(self, url: str, *queues: str, arguments: Mapping[str, Any] | None = None) -> None:
        """Without a queue it declares one of its own, which ends with it."""
        self.got: list[Got] = []
        self._url = url
        self._queues = queues
        self._arguments = arguments
        self._binding: tuple[str, str] | None = None
        self._ready = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @classmethod
    async def open(cls, url: str, *queues: str, **arguments: Any) -> Self:
        """Return a reader that consumes by now."""
        return await cls(url, *queues, arguments=arguments or None)._open()

    @classmethod
    async def temporary(cls, url: str, exchange: str, key: str) -> Self:
        """Return a reader with an exclusive queue, bound to the exchange."""
        reader = cls(url)
        reader._binding = (exchange, key)
        return await reader._open()

    async def reached(self, count: int, seconds: float = 30.0) -> None:
        """Wait until it has so many and no more come; ends by itself after `seconds`."""
        end = time.monotonic() + seconds
        while len(self.got) < count and time.monotonic() < end:
            await asyncio.sleep(0.05)
        before = -1
        while before != len(self.got):
            before = len(self.got)
            await asyncio.sleep(QUIET / 2)

    async def close(self) -> Sequence[Got]:
        """Disconnect, and return what it got."""
        self._stopping.set()
        await asyncio.to_thread(self._thread.join)
        return self.got

    async def _open(self) -> Self:
        self._thread.start()
        await asyncio.to_thread(self._ready.wait, 30)
        return self

    def _run(self) -> None:
        with pika.BlockingConnection(pika.URLParameters(self._url)) as connection:
            channel = connection.channel()
            channel.basic_qos(prefetch_count=PREFETCH)
            for queue in self._queues or [self._declared(channel)]:
                channel.basic_consume(queue, self._take, arguments=self._arguments)
            self._ready.set()
            while not self._stopping.is_set():
                connection.process_data_events(time_limit=0.05)

    def _declared(self, channel: BlockingChannel) -> str:
        queue: str = channel.queue_declare("", exclusive=True).method.queue
        if self._binding is not None:
            channel.queue_bind(queue, *self._binding)
        return queue

    def _take(self, channel: BlockingChannel, method: Any, _: Any, body: bytes) -> None:
        event = json.loads(body)
        number = event["data"]["action_data"]["n"]
        self.got.append(Got(event["id"], event["subject"], number))
        channel.basic_ack(method.delivery_tag)
