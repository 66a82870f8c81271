"""Many messages on one channel of the AMQP client, with few writes and one wait.

The client's `basic_publish` creates a task, some futures and three frame objects for each message.
At thousands a second they take most of the processor's time. A `PublishBatch` does the same in
bulk. It does its part of what `aiormq.Channel` does, through its public attributes (those of 7.2;
the chassis's `test_batch` fails if one has changed):

- `delivery_tag`: how many messages the channel has published. The broker counts along.
- `confirmations`: the future of each message by that number. The channel resolves it with the
broker's ack, and fails it with a nack or a return.
- `message_id_delivery_tag`: the number by message id, as a returned message has no other.
- `write_queue`: the frames to be written. `lock`: held from counting a message until it is queued.
- `max_content_size`: the largest payload of a frame. `closing`: done once the channel is closed.
- `connection.channels`: the channels by number. One that the broker closes leaves it at once,
  before the client answers. A frame after that answer would be an error of the whole connection.
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from types import NoneType

from aio_pika.exceptions import CONNECTION_EXCEPTIONS, ChannelInvalidStateError
from aiormq import Channel
from aiormq.abc import ChannelFrame
from aiormq.channel import Returning
from aiormq.exceptions import DeliveryError, PublishError

from chassis.infrastructure.rabbitmq.outgoing import Outgoing
from chassis.infrastructure.rabbitmq.upstream.frames import frames

log = logging.getLogger(__name__)

# Messages of one write, after which other tasks run: some hundred microseconds of work.
SLICE = 100
SLICE_BYTES = 2**18
# If the server sets no limit to a frame, its size field does.
LARGEST_FRAME = 2**32 - 1


class PublishBatch:
    """Messages that are published on a channel, from now on; several batches may share one."""

    def __init__(self, channel: Channel, outgoing: Sequence[Outgoing]) -> None:
        self._channel = channel
        self._outgoing = outgoing
        self._limit = channel.max_content_size if channel.max_content_size > 0 else LARGEST_FRAME
        self._confirms: list[asyncio.Future[object]] = []
        self._confirmed: list[bool] = []
        self._tags: dict[str, int] = {}
        self._closing = channel.closing
        self._running = asyncio.create_task(self._run())

    async def wait(self, seconds: float) -> bool:
        """Wait for the confirms, at most so long; return whether no more will come."""
        ends = {self._running, self._closing}
        done, _ = await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return bool(done)

    def end(self) -> None:
        """Stop the wait; must always be called before the results are read."""
        # A cancelled wait neither queues nor counts another message.
        self._running.cancel()
        self._closing.cancel()
        for confirm in self._confirms:
            # An unconfirmed message may be confirmed at any time: its confirm must then be ignored.
            self._confirmed.append(not confirm.cancel() and confirm.exception() is None)
        self._confirmed += [False] * (len(self._outgoing) - len(self._confirms))
        tags = self._channel.message_id_delivery_tag
        for identity, tag in self._tags.items():
            if tags.get(identity) == tag:
                del tags[identity]

    def confirmed(self) -> list[bool]:
        """Return for each message whether the broker has said that it keeps it."""
        return self._confirmed

    def returned(self) -> list[int]:
        """Return the numbers of those that reached no queue."""
        return [n for n, error in self._errors() if isinstance(error, PublishError)]

    def rejected(self) -> list[int]:
        """Return the numbers of those whose queue is full."""
        return [n for n, error in self._errors() if type(error) is DeliveryError]

    def loss(self) -> BaseException | None:
        """Return why some are neither confirmed nor refused; `None` if all are either."""
        is_all_out = len(self._confirms) == len(self._outgoing)
        if is_all_out and not any(each.cancelled() for each in self._confirms):
            return None
        failure = _exception(self._running)
        if not isinstance(failure, (*CONNECTION_EXCEPTIONS, NoneType)):
            raise failure
        return _exception(self._closing) or failure or asyncio.CancelledError()

    def _errors(self) -> Iterator[tuple[int, BaseException | None]]:
        done = ((n, each) for n, each in enumerate(self._confirms) if not each.cancelled())
        return ((n, each.exception()) for n, each in done)

    async def _run(self) -> None:
        while len(self._confirms) < len(self._outgoing):
            if not await self._write():
                await self._until_duplicate_is_done()
        # Once the last one is done, nearly all are.
        for confirm in reversed(self._confirms):
            if not confirm.done():
                await asyncio.wait({confirm})

    async def _write(self) -> bool:
        """Write the next messages; return whether one was written, or can never be."""
        channel = self._channel
        async with channel.lock:
            if channel.connection.channels.get(channel.number) is not channel:
                await asyncio.wait({self._closing})
                raise ChannelInvalidStateError("the broker has closed the channel")
            confirms, pieces = self._pack()
            written = asyncio.get_running_loop().create_future()
            if pieces:
                frame = ChannelFrame(b"".join(pieces), should_close=False, drain_future=written)
                # A cancellation here has queued nothing; once messages are queued, no answer can be
                # handled before the next `await`.
                await channel.write_queue.put(frame)
            for confirm in confirms:
                if not confirm.done():
                    channel.delivery_tag += 1
                    channel.confirmations[channel.delivery_tag] = confirm
            self._confirms += confirms
        if pieces:
            await written
        return bool(confirms)

    def _pack(self) -> tuple[list[asyncio.Future[object]], list[bytes]]:
        """Return confirms and frames of the next messages, up to one whose id is in flight."""
        channel = self._channel
        loop = asyncio.get_running_loop()
        tags, tag = channel.message_id_delivery_tag, channel.delivery_tag
        confirms: list[asyncio.Future[object]] = []
        pieces: list[bytes] = []
        start, size = len(self._confirms), 0
        for each in self._outgoing[start : start + SLICE]:
            confirm = loop.create_future()
            try:
                message = each.encoded()
                if message.id in tags or size > SLICE_BYTES:
                    break
                pieces += frames(channel.number, each, message, self._limit)
            except (TypeError, ValueError) as error:
                fields = {"id": each.message_id, "reason": str(error)}
                log.warning("a message cannot be sent", extra=fields)
                confirm.set_exception(error)
            else:
                tag += 1
                tags[message.id] = self._tags[message.id] = tag
                size += len(message.body)
            confirms.append(confirm)
        return confirms, pieces

    async def _until_duplicate_is_done(self) -> None:
        """Wait for the message in flight with the id of the next one.

        The client could not tell the returns of the two apart.
        """
        tags = self._channel.message_id_delivery_tag
        identity = self._outgoing[len(self._confirms)].encoded().id
        duplicate = self._channel.confirmations.get(tags.get(identity, 0))
        # A `Returning` represents a message that was already returned, and is never resolved.
        if duplicate is not None and not isinstance(duplicate, Returning):
            await asyncio.wait({duplicate})
        tags.pop(identity, None)


def _exception(ended: asyncio.Future[None]) -> BaseException | None:
    """Return its result, unless it was cancelled or still waits."""
    return ended.exception() if ended.done() and not ended.cancelled() else None
