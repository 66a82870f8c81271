"""The outbox as a use case sees it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from chassis.application.ports.outbox import Envelope
from chassis.infrastructure.database.bulk import BulkInsert
from chassis.infrastructure.database.delayed.table import delayed_events
from chassis.infrastructure.database.outbox.leased_outbox import LeasedOutbox
from chassis.infrastructure.database.outbox.table import outbox
from chassis.infrastructure.database.transaction import SqlTransaction

# Before any replica's clock, so that a clock that is set back causes no delay.
AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)

_ADD = BulkInsert(outbox, ("id", "routing_key", "body", "attempts", "due_at"))
_DELAY = BulkInsert(delayed_events, ("id", "routing_key", "body", "not_before"))


def _no_delays(_: datetime) -> bool:
    raise ValueError("this outbox takes no delayed events")


class SqlOutbox:
    """The `Outbox` of one transaction; the relay of this process gets the leased envelopes.

    Without a lease, added envelopes are due at once, to any relay. `is_delayed` says whether a time
    is still to come, and refuses one that is too far ahead.
    """

    def __init__(
        self,
        transaction: SqlTransaction,
        leased_outbox: LeasedOutbox | None = None,
        is_delayed: Callable[[datetime], bool] = _no_delays,
    ) -> None:
        self._transaction = transaction
        self._leased_outbox = leased_outbox
        self._is_delayed = is_delayed

    async def add(self, envelopes: Sequence[Envelope]) -> None:
        """Add the envelopes, to be published in the given order, or at their time."""
        if later := [each for each in envelopes if each.not_before is not None]:
            delayed = await self._delay(later)
            envelopes = [each for each in envelopes if each.id not in delayed]
        if not envelopes:
            return
        due_at = self._leased_until(envelopes) or AT_ONCE
        rows = [(each.id, each.routing_key, each.body, 0, due_at) for each in envelopes]
        await self._transaction.insert(_ADD, rows)

    async def _delay(self, envelopes: Sequence[Envelope]) -> set[UUID]:
        """Keep the envelopes whose time is still to come, and return their ids."""
        rows = [
            (each.id, each.routing_key, each.body, each.not_before)
            for each in envelopes
            if each.not_before is not None and self._is_delayed(each.not_before)
        ]
        await self._transaction.insert(_DELAY, rows)
        return {row[0] for row in rows}

    def _leased_until(self, envelopes: Sequence[Envelope]) -> datetime | None:
        """Return when they are due if the relay of this process does not publish them."""
        if self._leased_outbox is None:
            return None
        until = self._leased_outbox.lease()
        put = (
            partial(self._leased_outbox.put, envelopes, until)
            if until
            else self._leased_outbox.bypass
        )
        self._transaction.after_commit(put)
        return until
