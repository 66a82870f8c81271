"""Port: leader election among the processes of a database, for work that needs just one."""

from typing import Protocol


class LeaderElection(Protocol):
    """One candidate; of all candidates for the same database, at most one leads at a time.

    If a leader stops campaigning, because it died or froze, another leads within seconds. The old
    one knows before the new one leads, as long as its own clock runs. Its earlier work may still be
    running, so work must tolerate being done twice.
    """

    @property
    def is_leader(self) -> bool:
        """Whether this candidate leads, as far as it knows without a query."""
        ...

    async def campaign(self) -> bool:
        """Take the lead if it is free, or keep it; return whether this candidate leads.

        Call it every second. Raises `Unavailable`; then this candidate does not lead.
        """
        ...

    async def resign(self) -> None:
        """Resign, if this candidate leads; raises nothing."""
        ...
