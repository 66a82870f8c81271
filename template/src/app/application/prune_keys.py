"""Prune idempotency keys: remove those that are forgotten."""

from app.application.ports.work import MachineryWork

BATCH = 5000


class PruneKeysHandler:
    """Works in short transactions, so that it holds nobody up; any number of replicas may do so."""

    def __init__(self, work: MachineryWork) -> None:
        self._work = work

    async def __call__(self) -> bool:
        """Take a step; return whether there may be more to remove. Raises `Unavailable`."""
        async with self._work.begin() as work:
            return await work.idempotency.prune(limit=BATCH)
