"""The fencing tokens of locks, in memory."""

from chassis.application.errors import StaleGrant
from chassis.application.ports.locks import Grant


class MemoryFences(dict[str, int]):
    """The newest token of each lock; a test sets them."""

    async def check(self, grant: Grant) -> None:
        """Raise `StaleGrant` unless this grant is the newest of its lock."""
        if self.get(grant.name) != grant.token:
            raise StaleGrant(f"the grant {grant.token} of the lock {grant.name} is old")
