"""Port: which of the processes that share a database leads, for work that one alone should do."""

from typing import Protocol


class LeaderElection(Protocol):
    """One candidate; of all candidates for the same database, at most one leads at a time.

    A leader that does not campaign any more, because it died or stands still, is followed by
    another within seconds. It knows of that before the other leads, as long as its own clock runs:
    what it had begun by then may still be under way, so that work must bear being done twice.
    """

    @property
    def is_leader(self) -> bool:
        """Whether this candidate leads, as far as it knows without asking anybody."""
        ...

    async def campaign(self) -> bool:
        """Take the lead where nobody has it, or keep it; return whether this candidate leads.

        To be called every second. Raises `Unavailable`; then this candidate does not lead.
        """
        ...

    async def resign(self) -> None:
        """Give up the lead, if this candidate has it, for another to take; raises nothing."""
        ...
