"""The follower: reads the journal as it grows and feeds the subscribers of this process."""

import asyncio
import logging
import math
import time
from collections.abc import Sequence

from chassis.application.actors.actor import Actor
from chassis.application.errors import Busy
from chassis.application.ports.clock import Clock
from chassis.application.ports.journal import Entry, Filter
from chassis.application.ports.metrics import Counter, Gauge, Histogram, Metrics
from chassis.application.ports.signal import Signal
from chassis.application.ports.tracing import Tracing
from chassis.application.ports.work import MachineryWork
from chassis.application.streaming.delivery_spans import DeliverySpans
from chassis.application.streaming.encoded_entry import EncodedEntry
from chassis.application.streaming.stream import FollowerStream
from chassis.application.streaming.stream_hub import RETRY_AFTER, StreamHub
from chassis.application.streaming.streamed import StreamTable

log = logging.getLogger(__name__)

POLL = 1.0
# Seconds between two checks that the journal is still the same.
CHECK = 1.0
REASONS = ("left", "draining", "too_slow", "expired", "stuck", "failed")

STREAMS = Gauge("streams_open", "Subscribers of this process.")
LIMIT = Gauge("streams_limit", "The number of open streams above which others are refused.")
CLOSED = Counter("streams_closed", "Streams that have ended, by what ended them.", ("reason",))
POSITION = Gauge("journal_position", "The position up to which the follower has read.")
LAG = Gauge("follower_lag_seconds", "Seconds since the follower was last at the journal's end.")
ENTRIES = Gauge("tail_entries", "Entries that are kept in memory for the subscribers.")
WEIGHT = Gauge("tail_bytes", "About how many bytes of memory these entries take.")
DELIVERY = Histogram(
    "event_delivery_seconds",
    "From the time of an event until the first stream took it.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    labels=("type",),
)


class Follower(Actor):
    """One reader of the journal for any number of subscribers.

    It keeps the last entries in memory, also those from before its start. Clients that reconnect
    after a restart find there what they have missed. If the journal has gone back, or has a new
    epoch, the follower drops all of that, and each subscriber gets a reset.
    """

    def __init__(
        self,
        work: MachineryWork,
        table: StreamTable,
        signal: Signal,
        clock: Clock,
        metrics: Metrics,
        tracing: Tracing,
        heartbeat: float,
        limit: int,
    ) -> None:
        super().__init__("follower", metrics)
        self._signal = signal
        self._clock = clock
        self._limit = limit
        self._open = 0
        self._hub = StreamHub(work, table, heartbeat)
        self._spans = DeliverySpans(tracing, self._hub.subscribers) if tracing.is_on else None
        self._at_end = time.monotonic()
        self._next_check = 0.0
        self._watch()
        for type_ in table:
            metrics.expect(DELIVERY, type_)

    async def rest(self) -> None:
        """Wait for an ingest, at most a second: a signal may be lost."""
        await self._signal.wait(POLL)

    async def step(self) -> bool:
        """Read the next entries; return whether there may be more."""
        hub = self._hub
        if not hub.is_open:
            await self._start()
        elif time.monotonic() >= self._next_check:
            await self._check()
        head = hub.recent.head
        found = await hub.reader.read(head)
        if found.has_gap and hub.recent.head == head:
            # The follower was away for longer than the retention, so its streams have missed
            # entries.
            hub.missed = found.first - 1
            hub.recent.start(hub.missed)
            hub.subscribers.notify_all(head)
        # This process may have streamed some of them meanwhile.
        entries = [entry for entry in found.entries if entry.position > hub.recent.head]
        self._extend(entries, found.last)
        if not found.has_more:
            self._at_end = time.monotonic()
        return found.has_more

    def offer(self, entries: Sequence[Entry]) -> bool:
        """Take entries that this process has just committed; return whether that was possible.

        They then need not be read from the journal. The follower takes none while it starts, or if
        another process has written in between: then it must read.
        """
        hub = self._hub
        if not hub.is_open or entries[0].position != hub.recent.head + 1:
            return False
        self._extend(hub.reader.encoded(entries, hub.reader.epoch), entries[-1].position)
        self._at_end = time.monotonic()
        return True

    def close(self) -> None:
        """End every stream; the subscribers are told to reconnect."""
        self._hub.close()

    def open(
        self, matching: Filter, cursor: str | None, expires_at: float | None = None
    ) -> FollowerStream:
        """Return a new stream of the matching entries, from a cursor on or from now.

        Raises `Busy` if too many streams are open, or the service is draining.

        The first item is a heartbeat (or a reset), so that a subscriber learns its position at
        once. The stream ends at `expires_at`, in seconds since the epoch, or about a second later.
        """
        if self._hub.is_closing:
            raise Busy("the service is draining", RETRY_AFTER)
        if self._open >= self._limit:
            raise Busy(f"the limit of {self._limit} open streams is reached", RETRY_AFTER)
        self._open += 1
        return FollowerStream(
            self._hub, matching, cursor, self._tell, self._closed, self._deadline(expires_at)
        )

    def _deadline(self, expires_at: float | None) -> float:
        """Return that time by the loop's clock, which is monotonic."""
        if expires_at is None:
            return math.inf
        left = expires_at - self._clock().timestamp()
        return asyncio.get_running_loop().time() + left

    async def _start(self) -> None:
        """Fill the tail with the end of the journal, and open the streams."""
        hub = self._hub
        bounds = await hub.reader.bounds()
        hub.reader.begin(bounds)
        self._checked()
        hub.recent.start(await hub.reader.tail(bounds))
        while hub.recent.head < bounds.head:
            found = await hub.reader.read(hub.recent.head)
            if not found.last:
                break
            if found.has_gap:
                # Pruning has passed it meanwhile: the tail begins after that.
                hub.recent.start(found.first - 1)
            hub.recent.extend(found.entries, found.last)
        hub.open()

    async def _check(self) -> None:
        """Restart at the journal's head if the journal is not the one that was read so far."""
        hub = self._hub
        if not await hub.reader.is_continued(hub.recent.head):
            await hub.reader.draw_epoch()
            bounds = await hub.reader.bounds()
            log.warning("the journal has gone back, or has a new epoch: streams are reset")
            hub.reader.begin(bounds)
            hub.recent.start(bounds.head)
            hub.subscribers.notify_all(bounds.head)
        self._checked()

    def _checked(self) -> None:
        self._next_check = time.monotonic() + CHECK

    def _extend(self, entries: Sequence[EncodedEntry], last: int) -> None:
        recent = self._hub.recent
        head = recent.head
        if last > head:
            recent.extend(entries, last)
            if self._spans is not None:
                self._spans.begin(entries)
            self._hub.subscribers.notify(entries, head)
            self._measure(len(entries))

    def _tell(self, entry: EncodedEntry) -> None:
        if self._spans is not None:
            self._spans.end(entry)
        delay = (self._clock() - entry.time).total_seconds()
        self._metrics.observe(DELIVERY, max(0.0, delay), entry.type)

    def _closed(self, reason: str) -> None:
        self._open -= 1
        self._metrics.count(CLOSED, reason.replace(" ", "_"))

    def _watch(self) -> None:
        recent, metrics = self._hub.recent, self._metrics
        metrics.watch(STREAMS, lambda: self._open)
        metrics.gauge(LIMIT, self._limit)
        metrics.watch(POSITION, lambda: recent.head)
        metrics.watch(LAG, lambda: time.monotonic() - self._at_end)
        metrics.watch(ENTRIES, lambda: len(recent))
        metrics.watch(WEIGHT, lambda: recent.weight)
        for reason in REASONS:
            metrics.count(CLOSED, reason, amount=0)
