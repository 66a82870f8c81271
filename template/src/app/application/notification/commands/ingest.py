"""Ingest: store the notifications that other services, or this one, have registered."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from msgspec import MsgspecError

from app.application.consuming.handler import Fault, Handled
from app.application.context import TRACEPARENT
from app.application.event import Event
from app.application.notification.mapping import encode, from_event
from app.application.notification.work import NotificationWork
from app.application.ports.cache import Cache
from app.application.ports.clock import Clock
from app.application.ports.journal import Entry
from app.application.ports.metrics import Counter, Metrics
from app.application.ports.wake import Wake
from app.domain.errors import Invalid
from app.domain.ids import AheadOfClock, time_of_foreign
from app.domain.notification.notification import Notification

INGESTED = Counter("notifications_ingested", "New notifications that events told of.")


# Of the data the codec has looked for the end alone: text that is no UTF-8 is found here.
_UNREADABLE = (Invalid, MsgspecError, UnicodeDecodeError, RecursionError)


class IngestHandler:
    """Stores a batch in one transaction; the journal decides what is new.

    `hand_over` gets the new entries once they are committed, and returns whether it takes them;
    if not, they have to be read from the journal. `meet_ahead` gets the time of each event that
    lies ahead of `clock`, and is tried again later.
    """

    def __init__(
        self,
        work: NotificationWork,
        cache: Cache,
        wake: Wake,
        hand_over: Callable[[Sequence[Entry]], bool],
        clock: Clock,
        metrics: Metrics,
        retention: timedelta,
        meet_ahead: Callable[[datetime], None],
    ) -> None:
        self._work = work
        self._cache = cache
        self._wake = wake
        self._hand_over = hand_over
        self._clock = clock
        self._metrics = metrics
        self._retention = retention
        self._meet_ahead = meet_ahead
        metrics.count(INGESTED, amount=0)

    async def __call__(self, events: Sequence[Event]) -> Handled:
        """Store what the events tell of, but for those that can never be stored.

        Raises `Unavailable` where the database does not answer; then nothing was stored.
        """
        notifications, traces, faults = self._decode(events)
        async with self._work.begin() as work:
            new = await work.journal.append(notifications, traces)
            unseen = await work.notifications.add_new(notifications)
        entries = [
            Entry(position, item, trace)
            for item, trace in zip(notifications, traces, strict=True)
            if (position := new.get(item.id)) is not None
        ]
        if not entries:
            return Handled(faults)
        self._metrics.count(INGESTED, amount=len(entries))
        is_known = self._hand_over(entries)
        # Of what was there a late delivery does not know whether it was seen: not for the cache.
        own = [entry.notification for entry in entries if entry.notification.id in unseen]
        return Handled(faults, partial(self._tell, own, is_known))

    async def _tell(self, own: Sequence[Notification], is_known: bool) -> None:
        await (self._wake.ring_others() if is_known else self._wake.ring())
        await self._cache.fill({str(item.id): encode(item) for item in own})

    def _decode(
        self, events: Sequence[Event]
    ) -> tuple[list[Notification], list[str | None], list[Fault]]:
        """Return what the events tell of, the trace of each, and the events that are at fault."""
        now = self._clock()
        known: set[UUID] = set()
        notifications, traces, faults = [], [], []
        for event in events:
            try:
                time = time_of_foreign(event.id, now=now, retention=self._retention)
                notification = from_event(event, time)
            except AheadOfClock as error:
                self._meet_ahead(error.time)
                faults.append(Fault(event, str(error), may_pass=True))
                continue
            except _UNREADABLE as error:
                faults.append(Fault(event, str(error)))
                continue
            if event.id not in known:
                known.add(event.id)
                notifications.append(notification)
                traces.append(_trace(event.traceparent))
        return notifications, traces, faults


def _trace(traceparent: str | None) -> str | None:
    # A trace is no reason to refuse an event: what is none, and may be no text that can be stored,
    # is left out.
    return traceparent if traceparent is not None and TRACEPARENT.fullmatch(traceparent) else None
