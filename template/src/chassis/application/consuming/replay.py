"""Replay: passes events of the journal to their projection again."""

from collections.abc import AsyncGenerator
from typing import Any

from msgspec import MsgspecError, Struct

from chassis.application.consuming.projection import After, Projection
from chassis.application.consuming.upcasting import Upcasting
from chassis.application.event import Event
from chassis.application.ports.codec import Undecodable
from chassis.application.ports.journal import Filter
from chassis.application.ports.work import MachineryWork
from chassis.domain.errors import Invalid

BATCH = 500
# Positions that one query scans: an event type may be rare.
WINDOW = 20_000


class Progress(Struct, frozen=True):
    """The progress of a replay; `skipped` events can no longer be decoded."""

    position: int
    replayed: int
    skipped: int


class Replay:
    """Reads the events of one type, older versions too, and stores a batch in each transaction."""

    def __init__(self, kind: str, upcasting: Upcasting, work: MachineryWork) -> None:
        """Raises `KeyError` if no projection takes `kind`."""
        self._kind = kind
        self._projection: Projection[Any] = upcasting.handlers[kind]()
        self._matching = Filter(upcasting.sources(kind))
        self._upcasting = upcasting
        self._work = work

    async def __call__(self, position: int, head: int) -> AsyncGenerator[Progress]:
        """Replay the events after `position`, up to `head`, and yield the progress of each batch.

        Raises the projection's errors; the batches before it are stored. Raises `Unavailable`.
        """
        replayed = skipped = 0
        while position < head:
            until = min(head, position + WINDOW)
            async with self._work.read() as work:
                found = await work.journal.after(
                    position, limit=BATCH, matching=self._matching, until=until
                )
            items = [item for entry in found if (item := self._decode(entry.event)) is not None]
            await self._store(items)
            replayed += len(items)
            skipped += len(found) - len(items)
            # The query may have ended early: by its limit, or by the weight of the data.
            position = found[-1].position if found else until
            yield Progress(position, replayed, skipped)

    async def _store(self, items: list[Any]) -> None:
        if not items:
            return
        after: After | None
        async with self._work.begin() as work:
            after = await self._projection.store(work.transaction, items)
        if after is not None:
            await after()

    def _decode(self, event: Event) -> Any:
        try:
            newest = event if event.type == self._kind else self._upcasting.upcast(event)
            return self._projection.decode(newest)
        except (Invalid, MsgspecError, Undecodable):
            return None
