"""The load: callers who insist, who ask again though they were answered, and who give up."""

import asyncio
import json
import random
import time
from collections.abc import Sequence
from itertools import count

from tests.chaos.call import Call
from tests.chaos.history import History
from tests.chaos.pulse import Pulse
from tools.client.poster import Poster

CALLERS = 24
# Notifications in a call, on average, as `Call.drawn` has it.
IN_A_CALL = 3.0

# Seconds: for an answer, after which a caller asks again; before it does; and for one call in all,
# which is longer than any fault with its recovery.
ANSWER = 10.0
AGAIN = 0.2
PATIENCE = 240.0

# Which share of the callers asks for what is to be refused; gives up at the first trouble; asks
# again though it has the answer; asks twice at the same time.
WRONG = 0.01
GIVES_UP = 0.1
ASKS_AGAIN = 0.03
ASKS_TWICE = 0.02


class Load:
    """Callers who ask for `rate` notifications a second together, at a producer drawn each time.

    All that they ask and hear is in the history, by key. "accepted" and "refused" are the answers;
    after "unanswered", and after a 5xx, nobody can tell whether it was stored, until a further try
    with the same key is answered.
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
        is_wrong = chance.random() < WRONG
        call = Call.wrong(key, chance) if is_wrong else Call.drawn(key, chance)
        self._history.note("sent", key=key, size=call.size, wrong=is_wrong)
        if chance.random() < ASKS_TWICE:
            answers = await asyncio.gather(self._ask(call, chance), self._ask(call, chance))
            answered = any(answers)
        else:
            answered = await self._ask(call, chance)
        if not answered and chance.random() < GIVES_UP:
            self._history.note("gave up", key=key)
            # Of every other one it is found out at the end what has become of it.
            if chance.random() < 0.5:
                self._doubtful.append(call)
        elif not answered:
            await self._insist(call, chance)
        elif chance.random() < ASKS_AGAIN:
            await self._ask(call, chance)

    async def _insist(self, call: Call, chance: random.Random) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            await asyncio.sleep(AGAIN)
            if await self._ask(call, chance):
                return
        self._history.note("despaired", key=call.key, seconds=PATIENCE)

    async def _settle(self) -> None:
        chance = random.Random(self._seed)
        for call in self._doubtful:
            await self._insist(call, chance)

    async def _ask(self, call: Call, chance: random.Random) -> bool:
        """Ask once; return whether the answer says what has become of it."""
        asked = time.monotonic()
        try:
            answer = await chance.choice(self._posters).post(call.body, call.key)
        except OSError:
            self._history.note("unanswered", key=call.key)
            return False
        if answer.status == 202:
            found = json.loads(answer.body)
            ids = found["ids"] if "ids" in found else [found["id"]]
            self._history.note("accepted", key=call.key, ids=ids)
            self._pulse.accepted(ids, asked)
            return True
        self._history.note("refused", key=call.key, status=answer.status)
        return answer.status < 500
