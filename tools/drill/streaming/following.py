"""All subscribers at once, and what each of them has got."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, suppress

from tools.drill.streaming.accepted import Accepted
from tools.drill.streaming.subscriber import Subscriber, Told
from tools.drill.streaming.subscriptions import Subscription

OPEN = 30.0
POLL = 0.1
# Seconds in which an event that is streamed twice would come again.
SETTLED = 2.0


class Followed:
    """A subscriber, and whether it got what its filter takes."""

    def __init__(self, replica: int, subscription: Subscription) -> None:
        self.name = f"{replica}: {subscription.name}"
        self.replica = replica
        self.subscriber = Subscriber(subscription.stream)
        self._filter = subscription.filter

    def compare(self, accepted: Sequence[Accepted]) -> tuple[bool, str]:
        """Return whether each event came once, and nothing else, and how many have come."""
        wanted, seen = self._wanted(accepted), self.subscriber.seen
        counts = f"{seen.total():,} of {wanted.total():,}"
        if self.subscriber.cuts:
            counts += f", {self.subscriber.resumed:,} of them after it came back"
        if seen != wanted:
            missing, more = wanted - seen, seen - wanted
            counts += f"; missing {missing.total()}, too many {more.total()}"
        return bool(wanted) and seen == wanted, counts

    def has_all(self, accepted: Sequence[Accepted]) -> bool:
        """Return whether each event has come."""
        return self._wanted(accepted).keys() <= self.subscriber.seen.keys()

    def _wanted(self, accepted: Sequence[Accepted]) -> Counter[Told]:
        return Counter(event.told for event in accepted if self._filter.takes(event))


@asynccontextmanager
async def following(all_followed: Collection[Followed]) -> AsyncIterator[None]:
    """Follow for as long as the block lasts; it begins once all streams are open."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(each.subscriber.follow()) for each in all_followed]
        try:
            await opened(all_followed)
            yield
        finally:
            for task in tasks:
                task.cancel()


async def opened(all_followed: Collection[Followed]) -> None:
    """Wait until all streams are open; raises `TimeoutError`."""
    async with asyncio.timeout(OPEN):
        for each in all_followed:
            await each.subscriber.there.wait()


async def settled(
    all_followed: Collection[Followed], accepted: Sequence[Accepted], patience: float
) -> None:
    """Wait until every subscriber has all, at most `patience` seconds, and then for more."""
    with suppress(TimeoutError):
        async with asyncio.timeout(patience):
            while not all(each.has_all(accepted) for each in all_followed):
                await asyncio.sleep(POLL)
    await asyncio.sleep(SETTLED)
