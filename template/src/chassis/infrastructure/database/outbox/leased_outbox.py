"""From the transaction to the relay of the same process, past the table."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from chassis.application.ports.clock import Clock
from chassis.application.ports.outbox import Envelope

LIMIT = 5_000
LIMIT_BYTES = 16 * 2**20
# After which the rows are anybody's: the time that passes where this process dies with them.
LEASE = timedelta(seconds=5)


class Lease(Struct, frozen=True):
    """An envelope whose row is left to this process until then."""

    envelope: Envelope
    until: datetime


class LeasedOutbox:
    """Keeps copies of rows that have just been committed, so that they need not be claimed.

    The rows are in the table like all others, only that they are due later: when their lease has
    ended. By then they are published and gone, or any relay may claim them. So nothing depends on
    what is kept here; it is bounded, and closed while no relay works.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._leases: deque[Lease] = deque()
        self._room = LIMIT_BYTES
        self._is_open = False
        # Whether something due was written, or left, that is not kept here.
        self.is_bypassed = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to take."""
        return not self._leases

    def lease(self) -> datetime | None:
        """Return until when rows that are written now are left to this process.

        `None` where they are for any relay, since this one does not work or has enough to do.
        """
        if self._is_open and self._room > 0 and len(self._leases) < LIMIT:
            return self._clock() + LEASE
        return None

    def put(self, envelopes: Sequence[Envelope], until: datetime) -> None:
        """Add envelopes that were committed under a lease until then."""
        if self._is_open:
            self._leases += [Lease(envelope, until) for envelope in envelopes]
            self._room -= sum(len(envelope.body) for envelope in envelopes)

    def bypass(self) -> None:
        """Take note that something was committed without a lease."""
        self.is_bypassed = True

    def take(self, limit: int, weight: int) -> list[Lease]:
        """Take out the oldest, at most `limit` of `weight` bytes together; one alone may exceed it.

        Those whose lease has ended are gone.
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
        """Put in again what was taken out, to be the next that is taken."""
        self._leases.extendleft(reversed(taken))
        self._room -= sum(len(each.envelope.body) for each in taken)

    def close(self) -> list[Lease]:
        """Return all that is left; nothing more is added until a caller takes something out."""
        self._is_open = False
        left = list(self._leases)
        self._leases.clear()
        self._room = LIMIT_BYTES
        return left
