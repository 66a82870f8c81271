"""Ingest: writes events into the journal, and passes the new ones to their projections."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from msgspec import MsgspecError, Raw
from msgspec.structs import replace

from chassis.application.consuming.handler import Fault, Handled
from chassis.application.consuming.projection import After, Projection, ProjectionFactory
from chassis.application.context import TRACEPARENT
from chassis.application.errors import ConstraintViolated
from chassis.application.event import Event
from chassis.application.ports.clock import Clock
from chassis.application.ports.journal import Entry
from chassis.application.ports.metrics import Counter, Metrics
from chassis.application.ports.signal import Signal
from chassis.application.ports.work import MachineryWork
from chassis.domain.errors import Invalid
from chassis.domain.ids import AheadOfClock, time_of_foreign

INGESTED = Counter("events_ingested", "New events that were written to the journal.", ("type",))

# The codec has only searched for the end of the data: text that is no UTF-8 is found here.
_UNREADABLE = (Invalid, MsgspecError, UnicodeDecodeError, RecursionError)


class _Decoded(NamedTuple):
    event: Event
    item: Any
    tag: str | None


class _Stored(NamedTuple):
    positions: Mapping[UUID, int]
    new: Sequence[_Decoded]
    by_type: Mapping[str, Sequence[Any]]
    afters: Sequence[After | None]


class Ingest:
    """Stores a batch of events of any types in one transaction; the journal decides what is new.

    `offer` gets the new entries once they are committed, and returns whether it takes them; if
    not, they must be read from the journal. `meet_ahead` gets the time of each event that lies
    ahead of `clock`; such an event is retried later.
    """

    def __init__(
        self,
        projections: Mapping[str, ProjectionFactory],
        work: MachineryWork,
        signal: Signal,
        offer: Callable[[Sequence[Entry]], bool],
        clock: Clock,
        metrics: Metrics,
        retention: timedelta,
        meet_ahead: Callable[[datetime], None],
    ) -> None:
        self._projections = {name: factory() for name, factory in projections.items()}
        self._work = work
        self._signal = signal
        self._offer = offer
        self._clock = clock
        self._metrics = metrics
        self._retention = retention
        self._meet_ahead = meet_ahead
        self._expects_new = True
        for name in projections:
            metrics.count(INGESTED, name, amount=0)

    async def __call__(self, events: Sequence[Event]) -> Handled:
        """Store the events, except those that can never be stored.

        Raises `Unavailable` if the database does not answer; then nothing was stored.
        """
        decoded, faults = self._decode(events)
        if not decoded:
            return Handled(faults)
        positions, new, by_type, afters = await self._store(decoded)
        if not new:
            return Handled(faults)
        for name, items in by_type.items():
            self._metrics.count(INGESTED, name, amount=len(items))
        entries = [Entry(positions[each.event.id], each.event, each.tag) for each in new]
        entries.sort(key=lambda entry: entry.position)
        is_known = self._offer(entries)
        return Handled(faults, self._after(is_known, [each for each in afters if each]))

    async def _store(self, decoded: Sequence[_Decoded]) -> _Stored:
        if self._expects_new:
            try:
                return await self._store_in_turn(decoded, all_new=True)
            except ConstraintViolated:
                # Most likely an event is a duplicate: then the journal must first find the new
                # ones.
                self._expects_new = False
        stored = await self._store_in_turn(decoded, all_new=False)
        self._expects_new = len(stored.new) == len(decoded)
        return stored

    async def _store_in_turn(self, decoded: Sequence[_Decoded], *, all_new: bool) -> _Stored:
        events, tags = [each.event for each in decoded], [each.tag for each in decoded]
        async with self._work.begin() as work:
            if all_new:
                # All statements go to the database in one round trip, if the projections only
                # insert.
                positions, new = await work.journal.append_new(events, tags), decoded
            else:
                positions = await work.journal.append(events, tags)
                new = [each for each in decoded if each.event.id in positions]
            by_type = _by_type(new)
            afters = [
                await self._projections[name].store(work.transaction, items)
                for name, items in by_type.items()
            ]
        return _Stored(positions, new, by_type, afters)

    def _after(self, is_known: bool, afters: Sequence[After]) -> After:
        async def tell() -> None:
            await (self._signal.notify_others() if is_known else self._signal.notify())
            for after in afters:
                await after()

        return tell

    def _decode(self, events: Sequence[Event]) -> tuple[list[_Decoded], list[Fault]]:
        """Return the events with their decoded data, each id once, and the faults."""
        now = self._clock()
        known: set[UUID] = set()
        decoded, faults = [], []
        for event in events:
            try:
                time = time_of_foreign(event.id, now=now, retention=self._retention)
                each = _read(self._projections[event.type], event, time)
            except AheadOfClock as error:
                self._meet_ahead(error.time)
                faults.append(Fault(event, str(error), may_pass=True))
            except _UNREADABLE as error:
                faults.append(Fault(event, str(error)))
            else:
                if event.id not in known:
                    known.add(event.id)
                    decoded.append(each)
        return decoded, faults


def _read(projection: Projection[Any], event: Event, time: datetime) -> _Decoded:
    if event.time != time:
        event = replace(event, time=time)
    if "\0" in event.subject:
        # The database accepts no NUL, and the journal stores the subject.
        raise Invalid("subject", "must not contain NUL characters")
    item = projection.decode(event)
    return _Decoded(_on_one_line(event), item, projection.tag(item))


def _on_one_line(event: Event) -> Event:
    """Return the event as the journal keeps it: line breaks would end a line of a stream."""
    text = bytes(event.data)
    # `in` would first try the left side as a number, at several times the cost.
    if text.find(b"\n") >= 0 or text.find(b"\r") >= 0:
        # JSON strings cannot hold line breaks: these are outside of strings.
        event = replace(event, data=Raw(text.replace(b"\r", b" ").replace(b"\n", b" ")))
    # A malformed trace is dropped: it is no reason to refuse the event.
    if event.traceparent is not None and not TRACEPARENT.fullmatch(event.traceparent):
        event = replace(event, traceparent=None)
    return event


def _by_type(decoded: Sequence[_Decoded]) -> dict[str, list[Any]]:
    by_type: dict[str, list[Any]] = {}
    for each in decoded:
        by_type.setdefault(each.event.type, []).append(each.item)
    return by_type
