"""Reads the journal for the follower, and for subscribers that are far behind it."""

import asyncio
from collections.abc import Sequence

from msgspec import Struct

from chassis.application.budget import Budget, Share
from chassis.application.ports.journal import ANY, Bounds, Entry, Filter
from chassis.application.ports.work import MachineryWork
from chassis.application.streaming import recent_entries
from chassis.application.streaming.encoded_entry import COPIES, EncodedEntry
from chassis.application.streaming.streamed import StreamTable

BATCH = 500
FIRST_BATCH = 32
# A batch ends when it reaches this weight, and the next ones are then shorter.
BATCH_WEIGHT = 8 * 2**20
# Bytes of batches that all subscribers who catch up hold, from before the read until the sending. A
# client that reads nothing holds a batch until it is disconnected; the rest must continue
# meanwhile.
HELD_WEIGHT = 12 * BATCH_WEIGHT
# No index leads to a type or a tag alone: one query scans so many positions (15 ms).
SCAN_WINDOW = 100_000
# The database needs time for other work when thousands of subscribers return at once.
CATCH_UPS = 4


class Found(Struct, frozen=True):
    """The entries after a position; `has_gap` if some in between have been pruned.

    The scan went as far as `until`, or to the end of the journal. `last` is the position of the
    last entry that was read, also of one whose type is not streamed; 0 if there was none.
    """

    entries: Sequence[EncodedEntry]
    first: int
    last: int
    has_more: bool
    has_gap: bool
    until: int | None


class Reader:
    """Prepares entries for streams; only a few subscribers read at a time."""

    def __init__(self, work: MachineryWork, table: StreamTable) -> None:
        self.epoch = ""
        self._work = work
        self._table = table
        self._limit = FIRST_BATCH
        self._places = asyncio.Semaphore(CATCH_UPS)
        self._held = Budget(HELD_WEIGHT)
        self._known_head = 0

    async def bounds(self) -> Bounds:
        """Return the bounds. Raises `Unavailable`."""
        async with self._work.read() as work:
            return await work.journal.bounds()

    def begin(self, bounds: Bounds) -> None:
        """Read the history that has these bounds from now on."""
        self.epoch = bounds.epoch
        self._known_head = bounds.head

    async def is_continued(self, position: int) -> bool:
        """Return whether the journal is the one that was read as far as `position`.

        It is another one if its epoch differs, or if its head is before `position`. That happens
        after a restore, or if a promoted standby lacks the last commits. Raises `Unavailable`.
        """
        bounds = await self.bounds()
        return bounds.epoch == self.epoch and position <= bounds.head

    async def draw_epoch(self) -> None:
        """Start a new epoch, unless that has been done. Raises `Unavailable`."""
        async with self._work.begin() as work:
            await work.journal.draw_epoch(self.epoch)

    async def read(self, position: int) -> Found:
        """Return the next entries after `position`. Raises `Unavailable`."""
        return await self._read(position, None)

    async def tail(self, bounds: Bounds) -> int:
        """Return the position after which the tail may begin. Raises `Unavailable`."""
        async with self._work.read() as work:
            begin = await work.journal.tail(
                bounds.head, limit=recent_entries.SIZE, weight=recent_entries.WEIGHT // COPIES
            )
        return max(bounds.pruned, begin)

    def encoded(self, entries: Sequence[Entry], epoch: str) -> list[EncodedEntry]:
        """Return the streamed ones of these entries, prepared for streams."""
        table = self._table
        return [
            EncodedEntry(epoch, table[entry.event.type].event, entry)
            for entry in entries
            if entry.event.type in table
        ]

    async def catch_up(self, position: int, matching: Filter) -> tuple[Found, Share]:
        """Return the next matches after `position`, once a place is free. Raises `Unavailable`.

        The caller releases the share once these are sent.
        """
        share = await self._held.take(BATCH_WEIGHT)
        try:
            async with self._places:
                found = await self._read(position, matching)
        except BaseException:
            share.release()
            raise
        share.shrink(sum(entry.weight for entry in found.entries))
        return found, share

    async def reaches(self, position: int) -> bool:
        """Return whether the journal has reached `position`. Raises `Unavailable`."""
        if position > self._known_head:
            async with self._places:
                # Many callers may have waited for the same answer.
                if position > self._known_head:
                    epoch, head = self.epoch, (await self.bounds()).head
                    if epoch == self.epoch:
                        self._known_head = head
        return position <= self._known_head

    async def _read(self, position: int, matching: Filter | None) -> Found:
        limit, epoch = self._limit, self.epoch
        is_search = matching is not None and matching.subject is None and matching != ANY
        until = position + SCAN_WINDOW if is_search else None
        weight = max(1, BATCH_WEIGHT // COPIES)
        async with self._work.read() as work:
            found = await work.journal.after(
                position,
                limit=limit,
                matching=matching or ANY,
                until=until,
                weight=weight,
            )
            # No entry can be pruned between two consecutive positions.
            follows = matching is None and (not found or found[0].position == position + 1)
            has_gap = not follows and position < (await work.journal.bounds()).pruned
        entries = self.encoded(found, epoch)
        is_full = len(found) == limit
        self._adapt(entries, is_full=is_full)
        size = sum(memoryview(entry.event.data).nbytes for entry in found)
        return Found(
            entries,
            first=found[0].position if found else 0,
            last=found[-1].position if found else 0,
            has_more=is_full or size >= weight,
            has_gap=has_gap,
            until=until,
        )

    def _adapt(self, entries: Sequence[EncodedEntry], *, is_full: bool) -> None:
        weight = sum(entry.weight for entry in entries)
        if weight > BATCH_WEIGHT:
            self._limit = max(1, len(entries) * BATCH_WEIGHT // weight)
        elif is_full:
            # A short batch does not show what a full one would weigh.
            self._limit = min(BATCH, 2 * self._limit)
