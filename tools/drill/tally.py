"""Callers on one transport, who try nothing twice, and the count of how each request ended."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

from tools.drill.over.caller import Caller, RefusedError, UnansweredError, UnreachedError

AT_ONCE = 8
# Seconds before a caller that was not served comes again.
PAUSE = 0.05


class Tally:
    """`AT_ONCE` callers that register without a pause; each request has a number of its own."""

    def __init__(self, name: str, caller: Callable[[], Caller]) -> None:
        self.name = name
        # The ids that were answered, by number.
        self.accepted: dict[int, str] = {}
        self.refused: Counter[str] = Counter()
        self.unreached = 0
        self.unanswered: dict[int, str] = {}
        self._caller = caller
        self._stopped = False

    @property
    def sent(self) -> int:
        """How many requests have gone out, and are answered or never will be."""
        return len(self.accepted) + self.refused.total() + len(self.unanswered)

    @asynccontextmanager
    async def calling(self) -> AsyncIterator[None]:
        """Call for as long as the block lasts, and wait for the last answers."""
        numbers = itertools.count()
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._call(numbers))
            try:
                yield
            finally:
                self._stopped = True

    async def accepted_at_least(self, count: int, patience: float = 30.0) -> None:
        """Wait until that many have been accepted; raises `TimeoutError`."""
        async with asyncio.timeout(patience):
            while len(self.accepted) < count:
                await asyncio.sleep(PAUSE)

    async def _call(self, numbers: Iterator[int]) -> None:
        caller = self._caller()
        try:
            for number in numbers:
                if self._stopped:
                    return
                if not await self._register(caller, number):
                    await asyncio.sleep(PAUSE)
        finally:
            await caller.close()

    async def _register(self, caller: Caller, number: int) -> bool:
        body = {"receiver": self.name, "action_type": "drilled", "action_data": {"n": number}}
        try:
            self.accepted[number] = await caller.register(body)
        except RefusedError as error:
            self.refused[str(error)] += 1
        except UnreachedError:
            self.unreached += 1
        except UnansweredError as error:
            self.unanswered[number] = str(error)
        else:
            return True
        return False
