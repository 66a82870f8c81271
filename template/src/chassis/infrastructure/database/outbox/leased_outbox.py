"""Committed envelopes for the relay of the same process, without a read of the table."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from chassis.application.ports.clock import Clock
from chassis.application.ports.outbox import Envelope

LIMIT = 5_000
LIMIT_BYTES = 16 * 2**20
# After it the rows are any relay's: the delay if this process dies with them.
LEASE = timedelta(seconds=5)


class Lease(Struct, frozen=True):
    """An envelope whose row is leased to this process until then."""

    envelope: Envelope
    until: datetime


class LeasedOutbox:
    """Keeps copies of rows that have just been committed, so that they need not be claimed.

    The rows are in the table like all others, but become due later: at the end of their lease. By
    then they are published and deleted, or any relay may claim them. Nothing depends on these
    copies; they are bounded, and dropped while no relay works.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._leases: deque[Lease] = deque()
        self._room = LIMIT_BYTES
        self._is_open = False
        # Whether the table may have due rows that are not kept here.
        self.is_bypassed = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to take."""
        return not self._leases

    def lease(self) -> datetime | None:
        """Return until when rows that are written now are leased to this process.

        `None` means that they are for any relay, because this one does not work or is busy.
        """
        if self._is_open and self._room > 0 and len(self._leases) < LIMIT:
            return self._clock() + LEASE
        return None

    def put(self, envelopes: Sequence[Envelope], until: datetime) -> None:
        """Add committed envelopes under a lease that ends then."""
        if self._is_open:
            self._leases += [Lease(envelope, until) for envelope in envelopes]
            self._room -= sum(len(envelope.body) for envelope in envelopes)

    def bypass(self) -> None:
        """Record that envelopes were committed without a lease."""
        self.is_bypassed = True

    def take(self, limit: int, weight: int) -> list[Lease]:
        """Take the oldest, at most `limit` of `weight` bytes together; one alone may exceed it.

        Envelopes whose lease has ended are dropped.
        """
        self._is_open = True
        now = self._clock()
        taken: list[Lease] = []
        while self._leases and len(taken) < limit:
            first = self._leases[0]
            is_over = first.until <= now
            if not is_over:
                weight -= len(first.envelope.body)
                if taken and weight < 0:
                    break
                taken.append(first)
            self.is_bypassed |= is_over
            self._room += len(first.envelope.body)
            self._leases.popleft()
        return taken

    def put_back(self, taken: Sequence[Lease]) -> None:
        """Put taken envelopes back, to be taken next."""
        self._leases.extendleft(reversed(taken))
        self._room -= sum(len(each.envelope.body) for each in taken)

    def close(self) -> list[Lease]:
        """Return all that is left; nothing more is added until the next `take`."""
        self._is_open = False
        left = list(self._leases)
        self._leases.clear()
        self._room = LIMIT_BYTES
        return left
