"""Callers who are refused, in turns with one who is not: `refused TRANSPORT PORT WHAT TURNS`.

`WHAT` is a request, or `existence`: then the callers ask for another receiver's items and for
missing ones. Prints a JSON object. For each side it has the `seconds` and the count of each of the
`answers`. It also has how often the service must have `logged` a refusal.

A call lasts until its answer, a subscription until its first item, over a connection that is there.
A session says in each call whom it speaks for; where that is refused, it has its answer.
"""

import argparse
import asyncio
import json
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

import msgspec
import redis.asyncio
from chassis.domain.ids import new_id
from chassis.infrastructure.clock import system_clock
from msgspec import Struct

from tests.chassis.conformance.conftest import driver_of
from tests.chassis.conformance.driver import Failed
from tests.chassis.conformance.support import begun, new
from tests.chassis.conformance.tokens import UNKNOWN, token

ACCEPTED = "accepted"
OWN, OTHERS = "ada", "bob"
READ, WRITE = "notifications:read", "notifications:write"
# They would fit `ada` if they were patterns of a shell, of a database, or regular expressions.
ABUSE = ["ad?", "[a]da", "ad_", "%", "a.a", "ada*bob", "ADA"]

Ask = Callable[[AsyncExitStack, Any], Awaitable[object]]


class Side(Struct):
    """A caller with a request; `hides` is whether what it asks for is there, and not for it."""

    bearer: str | None
    ask: Ask
    hides: bool = False
    before: Callable[[], Awaitable[object]] | None = None
    seconds: list[float] = []
    answers: Counter[str] = msgspec.field(default_factory=Counter)


class Turns:
    """Asks over one transport; each side has a connection of its own."""

    def __init__(self, transport: str, port: int) -> None:
        self.logged: Counter[str] = Counter()
        self._driver = driver_of(transport)
        self._port = port
        self._is_session = hasattr(self._driver, "ask")

    async def take(self, sides: Mapping[str, Side], turns: int) -> None:
        """Ask for each side once in each turn, forwards and backwards; the first one warms up."""
        async with AsyncExitStack() as stack:
            pairs = []
            for side in sides.values():
                shown = None if self._is_session else side.bearer
                connected = self._driver.connected(self._port, shown)
                pairs.append((side, await stack.enter_async_context(connected)))
            for number in range(turns + 1):
                for side, caller in pairs if number % 2 else reversed(pairs):
                    await self._call(side, caller, is_counted=number > 0)

    async def _call(self, side: Side, caller: Any, *, is_counted: bool) -> None:
        if not self._is_session:
            # The stream before has taken its connection with it: now there is one again.
            await self._answer(caller.get(absent()))
        if side.before is not None:
            await side.before()
        async with AsyncExitStack() as stack:
            began = time.perf_counter()
            answer = await self._answer(self._asked(side, stack, caller), hides=side.hides)
            took = time.perf_counter() - began
        if is_counted:
            side.seconds.append(took)
            side.answers[answer] += 1

    async def _asked(self, side: Side, stack: AsyncExitStack, caller: Any) -> None:
        if self._is_session and side.bearer is not None:
            await caller.ask("session.authenticate", token=side.bearer)
        await side.ask(stack, caller)

    async def _answer(self, asked: Awaitable[object], *, hides: bool = False) -> str:
        try:
            await asked
        except Failed as error:
            if error.kind == "unauthorized":
                self.logged["token refused"] += 1
            elif error.kind == "forbidden" or hides:
                self.logged["forbidden"] += 1
            return error.kind
        return ACCEPTED


def absent() -> str:
    """Return an id that nothing has."""
    return str(new_id(system_clock()))


async def subscribe(stack: AsyncExitStack, caller: Any) -> None:
    """Wait for the first item; the subscription ends with the stack."""
    await begun(await stack.enter_async_context(caller.subscribed(receiver=OWN)))


def asking(what: str, identity: str) -> Ask:
    """Return a request for what is one receiver's."""
    asks: dict[str, Ask] = {
        "register": lambda _, caller: caller.register([new("mallory")]),
        "list": lambda _, caller: caller.list(receiver=OWN),
        "get": lambda _, caller: caller.get(identity),
        "seen": lambda _, caller: caller.mark_seen(identity, True),
        "report": lambda _, caller: caller.report(receiver=OWN),
        "subscribe": subscribe,
    }
    return asks[what]


def refused(what: str, identity: str) -> dict[str, Side]:
    """Return who is refused a request, after one who is not."""
    ask = asking(what, identity)
    end = {"exp": int(time.time()) + 3600}
    bearers = {ACCEPTED: token(**end)}
    bearers |= {name: make() for name, make in UNKNOWN.items()}
    bearers["not yet"] = token(**end, nbf=end["exp"] - 60)
    bearers["wrong scope"] = token(**end, scope=READ if what == "register" else WRITE)
    sides = {name: Side(bearer, ask) for name, bearer in bearers.items()}
    if what != "register":
        # A caller that may write may write to every receiver.
        # That it is there is not told to them.
        is_hidden = what in ("get", "seen")
        for name, receivers in {"other receiver": [OTHERS], "pattern abuse": ABUSE}.items():
            sides[name] = Side(token(**end, receivers=receivers), ask, hides=is_hidden)
        if is_hidden:
            # The counterpart that the two before should look like.
            missing = asking(what, absent())
            sides["not there"] = Side(bearers[ACCEPTED], missing)
    return sides


def existence(identity: str) -> dict[str, Side]:
    """Return the callers that could tell by the time whether an item exists, with the counterparts
    for a missing one.
    """
    cache = redis.asyncio.from_url(os.environ["CACHE_URL"])
    end = {"exp": int(time.time()) + 3600}
    bearer = token(**end, receivers=[OTHERS])
    wrong = "another key of the tests: 0123456789"

    def get(_: object, caller: Any) -> Awaitable[object]:
        return caller.get(identity)

    def seen(_: object, caller: Any) -> Awaitable[object]:
        return caller.mark_seen(identity, True)

    return {
        "get, not there": Side(bearer, lambda _, caller: caller.get(absent())),
        "get, another's": Side(bearer, get, hides=True),
        "get, another's, not cached": Side(bearer, get, hides=True, before=cache.flushdb),
        "seen, not there": Side(bearer, lambda _, caller: caller.mark_seen(absent(), True)),
        "seen, another's": Side(bearer, seen, hides=True),
        "wrong key, nobody": Side(token(wrong, **end, sub="nobody"), get),
        "wrong key, somebody": Side(token(wrong, **end), get),
    }


async def main(options: argparse.Namespace) -> None:
    """Print what was measured."""
    turns = Turns(options.transport, options.port)
    async with driver_of(options.transport).connected(options.port, token()) as writer:
        (identity,) = await writer.register([new(OWN)])
        # The cache has it from now on.
        await writer.get(identity)
    is_request = options.what != "existence"
    sides = refused(options.what, identity) if is_request else existence(identity)
    await turns.take(sides, options.turns)
    told = {
        name: {"seconds": side.seconds, "answers": side.answers} for name, side in sides.items()
    }
    print(json.dumps({"sides": told, "logged": turns.logged}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("transport")
    parser.add_argument("port", type=int)
    parser.add_argument("what")
    parser.add_argument("turns", type=int)
    asyncio.run(main(parser.parse_args()))
