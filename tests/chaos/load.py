"""The load: callers who insist, who ask again though they were answered, and who give up."""

import asyncio
import json
import random
import time
from collections.abc import Sequence
from itertools import count

from tests.chaos.aggregates.notification import register
from tests.chaos.aggregates.order import PLACED, place, ship
from tests.chaos.call import Call
from tests.chaos.history import History
from tests.chaos.pulse import Pulse
from tools.client.poster import Poster

CALLERS = 24
# The share of calls that place an order, and of orders that are shipped at once. Then the average
# number of items of a call with its shipment.
ORDERS = 0.3
SHIPPED = 0.6
IN_A_CALL = (1 - ORDERS) * 3.0 + ORDERS * (1 + SHIPPED)

# Seconds: for an answer; before a caller retries; and for one call in all. The last one is longer
# than any fault with its recovery.
ANSWER = 10.0
AGAIN = 0.2
PATIENCE = 240.0

# The shares of the callers that send invalid requests, that send no idempotency key, and that give
# up at the first trouble. Then of those that repeat an answered request, and that send twice at the
# same time.
WRONG = 0.01
WITHOUT_KEY = 0.1
GIVES_UP = 0.1
ASKS_AGAIN = 0.03
ASKS_TWICE = 0.02


class Load:
    """Callers who ask for `rate` items a second together, at a producer drawn each time.

    All that they ask and hear is in the history, by key. "accepted" and "refused" are the answers.
    After "unanswered", and after a 5xx, the result is unknown until a further try with the same key
    is answered. A call without an idempotency key has no further try.
    """

    def __init__(
        self, urls: Sequence[str], history: History, pulse: Pulse, seed: int, rate: float
    ) -> None:
        self._posters = [Poster(url, connections=CALLERS, patience=ANSWER) for url in urls]
        self._history = history
        self._pulse = pulse
        self._seed = seed
        self._pause = CALLERS * IN_A_CALL / rate
        self._doubtful: list[Call] = []
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Call until `stop`; then return once each call that was begun has its answer."""
        async with asyncio.TaskGroup() as group:
            for number in range(CALLERS):
                group.create_task(self._call(number))
        await self._settle()
        for poster in self._posters:
            poster.close()

    def stop(self) -> None:
        """Begin no more calls."""
        self._stopping.set()

    async def _call(self, caller: int) -> None:
        chance = random.Random(f"{self._seed}/{caller}")
        for number in count():
            try:
                async with asyncio.timeout(chance.expovariate(1 / self._pause)):
                    await self._stopping.wait()
            except TimeoutError:
                await self._one(f"{caller}-{number}", chance)
            else:
                return

    async def _one(self, key: str, chance: random.Random) -> None:
        draw = place if chance.random() < ORDERS else register
        call = draw(key, chance, chance.random() < WRONG)
        ids = await self._make(call, chance)
        if ids and call.type == PLACED.name and chance.random() < SHIPPED:
            await self._make(ship(call, ids[0], chance.random() < WRONG), chance)

    async def _make(self, call: Call, chance: random.Random) -> list[str] | None:
        """Make a call; return the ids that were answered, if any."""
        sent = {"key": call.key, "type": call.type, "size": call.size, "wrong": call.is_wrong}
        self._history.note("sent", **sent)
        if not call.takes_key or chance.random() < WITHOUT_KEY:
            return await self._ask(call, chance, is_keyed=False)
        if chance.random() < ASKS_TWICE:
            answers = await asyncio.gather(self._ask(call, chance), self._ask(call, chance))
            ids = next((ids for ids in answers if ids is not None), None)
        else:
            ids = await self._ask(call, chance)
        if ids is None and chance.random() < GIVES_UP:
            self._history.note("gave up", key=call.key)
            # The run asks at its end what has become of every second one.
            if chance.random() < 0.5:
                self._doubtful.append(call)
        elif ids is None:
            ids = await self._insist(call, chance)
        elif chance.random() < ASKS_AGAIN:
            await self._ask(call, chance)
        return ids

    async def _insist(self, call: Call, chance: random.Random) -> list[str] | None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            await asyncio.sleep(AGAIN)
            if (ids := await self._ask(call, chance)) is not None:
                return ids
        self._history.note("despaired", key=call.key, seconds=PATIENCE)
        return None

    async def _settle(self) -> None:
        chance = random.Random(self._seed)
        for call in self._doubtful:
            await self._insist(call, chance)

    async def _ask(
        self, call: Call, chance: random.Random, is_keyed: bool = True
    ) -> list[str] | None:
        """Ask once; return the ids, none of a refusal, or `None` where that is not known."""
        asked, key = time.monotonic(), call.key if is_keyed else None
        try:
            answer = await chance.choice(self._posters).post(call.body, key, call.path)
        except OSError:
            self._history.note("unanswered", key=call.key)
            return None
        if answer.status == 202:
            found = json.loads(answer.body)
            ids: list[str] = found["ids"] if "ids" in found else [found["id"]]
            self._history.note("accepted", key=call.key, ids=ids)
            self._pulse.accepted([(call.type, identity) for identity in ids], asked)
            return ids
        self._history.note("refused", key=call.key, status=answer.status)
        return [] if answer.status < 500 else None
