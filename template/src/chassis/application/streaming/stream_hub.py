"""The state that all streams of a process share."""

import asyncio

from chassis.application.errors import Busy
from chassis.application.ports.work import MachineryWork
from chassis.application.streaming.messages import HEARTBEAT, StreamItem
from chassis.application.streaming.reader import Reader
from chassis.application.streaming.recent_entries import RecentEntries
from chassis.application.streaming.streamed import StreamTable
from chassis.application.streaming.subscriber_registry import SubscriberRegistry

RETRY_AFTER = 5


class StreamHub:
    """The tail, the journal before it, and the waiting subscribers."""

    def __init__(self, work: MachineryWork, table: StreamTable, heartbeat: float) -> None:
        self.reader = Reader(work, table)
        self.recent = RecentEntries()
        self.subscribers = SubscriberRegistry(self.recent, heartbeat)
        # The position up to which pruning has overtaken the follower itself.
        self.missed = 0
        self.is_open = False
        self.is_closing = False
        self._decided = asyncio.Event()
        self._heartbeat = StreamItem(event=HEARTBEAT, cursor="")

    def open(self) -> None:
        """Open the streams: the tail has been filled."""
        self.is_open = True
        self._decided.set()

    def close(self) -> None:
        """End every stream."""
        self.is_closing = True
        self._decided.set()
        self.subscribers.notify_all(self.recent.head)

    async def opened(self) -> None:
        """Wait until streams may begin; raises `Busy` if they end before that."""
        await self._decided.wait()
        if not self.is_open:
            raise Busy("the service is draining", RETRY_AFTER)

    def heartbeat(self, cursor: str) -> StreamItem:
        """Return a heartbeat; subscribers at the same position share it."""
        if cursor != self._heartbeat.cursor:
            self._heartbeat = StreamItem(event=HEARTBEAT, cursor=cursor)
        return self._heartbeat
