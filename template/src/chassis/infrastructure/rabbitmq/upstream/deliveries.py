"""A consuming channel's frames, without its deliveries, which are taken at once.

The client puts each frame into a queue and wakes the task that reads it. That task joins the frames
of a message and creates another task for it: more than half of the cost to receive a message.
`Deliveries` replaces that queue (`frames`, a public attribute of `aiormq.Channel` 7.2; the
chassis's `test_deliveries` fails if that has changed).
"""

import asyncio
from collections.abc import Callable
from typing import cast

from aiormq import Channel
from aiormq.abc import AbstractChannel, DeliveredMessage, FrameType
from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.header import ContentHeader

type Weighed = tuple[int, FrameType]


class Deliveries(asyncio.Queue[Weighed]):
    """Passes each delivery to `take` as its last frame comes in; all other frames pass through.

    All deliveries of the channel are taken, so no other consumer may share it. Without room the
    next delivery is not read, nor anything after it on the connection: TCP makes the server wait.
    """

    def __init__(
        self,
        channel: Channel,
        take: Callable[[DeliveredMessage], None],
        has_room: asyncio.Event,
    ) -> None:
        super().__init__()
        self._channel = channel
        self._frames = channel.frames
        self._take = take
        self._has_room = has_room
        self._delivery: Basic.Deliver | None = None
        self._header = ContentHeader()
        self._bodies: list[bytes] = []
        self._left = 0

    @classmethod
    def stand_in(
        cls,
        channel: AbstractChannel,
        take: Callable[[DeliveredMessage], None],
        has_room: asyncio.Event,
    ) -> None:
        """Take the deliveries of this channel from now on, while `has_room` is set."""
        known = cast(Channel, channel)
        known.frames = cls(known, take, has_room)

    async def put(self, item: Weighed) -> None:
        """Take a frame of the channel; those of a message follow each other (AMQP 0-9-1, 4.2.6)."""
        frame = item[1]
        if self._delivery is None:
            if isinstance(frame, Basic.Deliver):
                if not self._has_room.is_set():
                    await self._has_room.wait()
                self._delivery = frame
            else:
                await self._frames.put(item)
            return
        if isinstance(frame, ContentHeader):
            self._header, self._left, self._bodies = frame, frame.body_size or 0, []
        elif isinstance(frame, ContentBody):
            self._left -= len(frame.value)
            self._bodies.append(frame.value)
        else:
            # The server closes the channel between two frames of a message.
            self._delivery = None
            await self._frames.put(item)
            return
        if self._left <= 0:
            delivery, self._delivery = self._delivery, None
            body = self._bodies[0] if len(self._bodies) == 1 else b"".join(self._bodies)
            self._take(DeliveredMessage(delivery, self._header, body, self._channel))

    async def get(self) -> Weighed:
        """Return the next of the other frames."""
        return cast(Weighed, await self._frames.get())

    def task_done(self) -> None:
        """Record that the frame of the last `get` has been read."""
        self._frames.task_done()
