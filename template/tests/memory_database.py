"""The database ports in memory: small, and as strict as the contract asks of the real ones."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate, repeat, takewhile
from operator import index
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from app.domain.notification.notification import Notification
from chassis.application.errors import ConstraintViolated, Unavailable
from chassis.application.event import Event
from chassis.application.ports.clock import Clock
from chassis.application.ports.idempotency import Key, Remembered
from chassis.application.ports.journal import ANY, Bounds, Entry, Filter
from chassis.application.ports.locks import Grant
from chassis.application.ports.outbox_reader import WEIGHT, Claim, OutboxDepth
from chassis.infrastructure.clock import system_clock
from tests.memory_fences import MemoryFences
from tests.memory_filter import matches
from tests.memory_idempotency import MemoryIdempotency
from tests.memory_notifications import MemoryNotifications, fitting
from tests.memory_outbox import MemoryOutbox, OutboxRow


@dataclass
class _State:
    """The stored data; a transaction works on a copy, which its commit puts in place."""

    notifications: dict[UUID, Notification] = field(default_factory=dict)
    versions: dict[UUID, int] = field(default_factory=dict)
    journal: list[Entry] = field(default_factory=list)
    position: int = 0
    pruned: int = 0
    outbox: dict[UUID, OutboxRow] = field(default_factory=dict)
    keys: dict[Key, tuple[datetime, Remembered]] = field(default_factory=dict)

    def copy(self) -> "_State":
        return _State(
            dict(self.notifications),
            dict(self.versions),
            list(self.journal),
            self.position,
            self.pruned,
            dict(self.outbox),
            dict(self.keys),
        )


class MemoryDatabase:
    """One database; while it is not `available`, whatever opens a transaction raises."""

    def __init__(
        self, clock: Clock = system_clock, idempotency_ttl: timedelta = timedelta(days=1)
    ) -> None:
        self.clock = clock
        self.idempotency_ttl = idempotency_ttl
        self.epoch = secrets.token_hex(4)
        self.is_continued = True
        self.available = True
        self.state = _State()
        self.writing = asyncio.Lock()
        self.readers = self.most_readers = 0
        self.fences = MemoryFences()

    def prune_journal(self, up_to: int) -> None:
        """Forget the entries up to a position."""
        self.state.journal = [e for e in self.state.journal if e.position > up_to]
        self.state.pruned = up_to

    def restore(self, backup: "_State", *, is_told: bool) -> None:
        """Go on from an earlier state; `is_told` where the server knows that it does."""
        self.state = backup.copy()
        self.is_continued = not is_told

    async def reach(self) -> None:
        """Let others run, as any round trip does."""
        await asyncio.sleep(0)
        if not self.available:
            raise Unavailable("the database does not answer")


class MemoryWork:
    """The repositories of one transaction: the machinery's, and the notification's."""

    def __init__(self, database: MemoryDatabase, state: _State) -> None:
        self.state = state
        self.transaction = self
        self.notifications = MemoryNotifications(state.notifications, state.versions)
        self.outbox = MemoryOutbox(state.outbox, database.clock)
        self.journal = MemoryJournal(state, database)
        self.idempotency = MemoryIdempotency(state.keys, database.clock, database.idempotency_ttl)
        self.listeners: list[Callable[[], None]] = []
        self.fence = database.fences.check

    def after_commit(self, tell: Callable[[], None]) -> None:
        self.listeners.append(tell)


def memory_notifications(transaction: Any) -> MemoryNotifications:
    """Return the notifications of a transaction, as a use case has them made."""
    made: MemoryNotifications = transaction.notifications
    return made


class MemoryUnitOfWork:
    """One writer at a time; readers see what was committed when they began."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    @asynccontextmanager
    async def begin(self, fence: Grant | None = None) -> AsyncIterator[MemoryWork]:
        async with self._database.writing:
            await self._database.reach()
            if fence is not None:
                await self._database.fences.check(fence)
            state = self._database.state.copy()
            yield MemoryWork(self._database, state)
            await self._database.reach()
            self._database.state = state

    @asynccontextmanager
    async def read(self) -> AsyncIterator[MemoryWork]:
        database = self._database
        database.readers += 1
        database.most_readers = max(database.most_readers, database.readers)
        try:
            await database.reach()
            yield MemoryWork(database, database.state.copy())
            await database.reach()
        finally:
            database.readers -= 1


class MemoryJournal:
    def __init__(self, state: _State, database: MemoryDatabase) -> None:
        self._state = state
        self._database = database

    async def append(
        self, events: Sequence[Event], tags: Sequence[str | None] = ()
    ) -> dict[UUID, int]:
        known = {entry.event.id for entry in self._state.journal}
        new: dict[UUID, int] = {}
        for event, tag in zip(events, tags or repeat(None), strict=False):
            if event.id not in known | new.keys():
                # Positions have holes, as the contract warns.
                self._state.position += 1 + self._state.position % 2
                new[event.id] = position = self._state.position
                self._state.journal.append(Entry(position, replace(event, key=()), tag))
        return new

    async def append_new(
        self, events: Sequence[Event], tags: Sequence[str | None] = ()
    ) -> dict[UUID, int]:
        new = await self.append(events, tags)
        if len(new) < len(events):
            raise ConstraintViolated("the journal has an event already")
        return new

    async def known(self, ids: Sequence[UUID]) -> set[UUID]:
        return {entry.event.id for entry in self._state.journal} & set(ids)

    async def bounds(self) -> Bounds:
        entries = self._state.journal
        head = entries[-1].position if entries else 0
        return Bounds(self._database.epoch, self._state.pruned, head)

    async def epoch(self) -> str:
        return self._database.epoch

    async def is_continued(self) -> bool:
        return self._database.is_continued

    async def continue_epoch(self) -> None:
        if not self._database.is_continued:
            await self.draw_epoch(self._database.epoch)

    async def draw_epoch(self, old: str) -> None:
        if self._database.epoch == old:
            self._database.epoch = secrets.token_hex(4)
        self._database.is_continued = True

    async def after(
        self,
        position: int,
        *,
        limit: int,
        matching: Filter = ANY,
        until: int | None = None,
        weight: int = WEIGHT,
    ) -> list[Entry]:
        later = (entry for entry in self._state.journal if entry.position > position)
        found = [
            entry
            for entry in later
            if matches(matching, entry) and (until is None or entry.position <= until)
        ]
        return fitting(found[:limit], weight, _size)

    async def tail(self, head: int, *, limit: int, weight: int) -> int:
        newest = [entry for entry in reversed(self._state.journal) if entry.position <= head]
        for kept, entry in enumerate(newest):
            weight -= _size(entry)
            if kept == limit or (kept and weight < 0):
                return entry.position
        return 0

    async def prune(self, before: datetime, *, limit: int) -> bool:
        held = self._state.journal
        old = list(takewhile(lambda e: e.event.time < before, held[:-1][:limit]))
        del held[: len(old)]
        if old:
            self._state.pruned = old[-1].position
        return len(old) == limit


def _size(entry: Entry) -> int:
    return memoryview(entry.event.data).nbytes


class MemoryOutboxReader:
    """The outbox as the relay sees it."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database
        self.is_released = False

    @asynccontextmanager
    async def claim(self, limit: int, *, weight: int = WEIGHT) -> AsyncIterator[Claim]:
        await self._database.reach()
        now = self._database.clock()
        rows = self._database.state.outbox.values()
        # Due that far ahead: the clock has been set back.
        taken = [
            row
            for row in rows
            if not (now < row.due < now + timedelta(hours=1) or row.claimed)
            and (row.envelope.not_before or now) <= now
        ][:limit]
        sizes = accumulate(len(row.envelope.body) for row in taken[:-1])
        # A whole number of bytes, as a real one takes it.
        taken = taken[: 1 + sum(size < index(weight) for size in sizes)]
        for row in taken:
            row.claimed = True
        try:
            claim = Claim(tuple(row.envelope for row in taken))
            yield claim
            async with self._database.writing:
                await self._database.reach()
                self._settle(taken, claim)
        finally:
            for row in taken:
                row.claimed = False

    async def release(self) -> None:
        await self._database.reach()
        self.is_released = True

    def _settle(self, taken: Sequence[OutboxRow], claim: Claim) -> None:
        for row in taken:
            if row.envelope.id in claim.confirmed:
                del self._database.state.outbox[row.envelope.id]
            else:
                row.attempts += 1
                row.due = self._database.clock() + timedelta(seconds=2**row.attempts)

    async def depth(self, *, at_most: int) -> OutboxDepth:
        await self._database.reach()
        waiting = list(self._database.state.outbox)
        return OutboxDepth(len(waiting[:at_most]), waiting[0] if waiting else None)
