"""Port: leader election among the processes of a database, for work that needs just one."""

from typing import Protocol

from chassis.application.ports.locks import Grant


class LeaderElection(Protocol):
    """One candidate; of all candidates for the same database, at most one leads at a time.

    If a leader stops campaigning, because it died or froze, another leads within seconds. The old
    one knows before the new one leads, as long as its own clock runs. Its earlier work may still be
    running, so its transactions should carry its `grant`: the database refuses an older one.
    """

    @property
    def is_leader(self) -> bool:
        """Whether this candidate leads, as far as it knows without a query."""
        ...

    def grant(self) -> Grant:
        """Return the grant under which this candidate leads; raises `LockLost` if it does not.

        Take it at the start of a piece of work, for all transactions of that work.
        """
        ...

    async def campaign(self) -> bool:
        """Take the lead if it is free, or keep it; return whether this candidate leads.

        Call it every second. Raises `Unavailable`; then this candidate leads no longer than to the
        end of its lease.
        """
        ...

    async def resign(self) -> None:
        """Resign, if this candidate leads; raises nothing."""
        ...
