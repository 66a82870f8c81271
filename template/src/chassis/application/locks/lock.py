"""A lock while it is held: its grant, its lease, and its loss."""

import asyncio

from chassis.application.ports.locks import Grant


class Lock:
    """The holder's view of its lock; times are those of the event loop's clock."""

    def __init__(self, grant: Grant, until: float, deadline: asyncio.Timeout | None) -> None:
        """`deadline` cancels the holder; it moves with the lease."""
        self.grant = grant
        self.until = until
        self._deadline = deadline
        self._lost = asyncio.Event()

    @property
    def is_held(self) -> bool:
        """Whether no other process can have it yet, as far as this process knows."""
        return not self._lost.is_set() and asyncio.get_running_loop().time() < self.until

    async def wait_lost(self) -> None:
        """Wait until the lock is lost, for a holder that is not cancelled then."""
        await self._lost.wait()

    def extend(self, until: float) -> None:
        """Record that the lease has been renewed."""
        self.until = until
        if self._deadline is not None and not self._deadline.expired():
            self._deadline.reschedule(until)

    def lose(self) -> None:
        """Record that the lock is lost: tell the holder, and cancel it."""
        self._lost.set()
        self.extend(asyncio.get_running_loop().time())

    def end(self) -> None:
        """Record that the block has ended: nothing is cancelled any more."""
        self._deadline = None
