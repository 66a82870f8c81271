"""Questions to one actor, in one process: `ask_actor SIDE CALLERS SECONDS`.

The sides are a bare loop, this service's `MessageActor`, and Pykka. Each has the same handler,
which adds up. It prints how many answers a second came, as JSON.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import uvloop
from chassis.application.actors.message_actor import MessageActor
from chassis.application.message import Message
from chassis.infrastructure.telemetry.metrics import PrometheusMetrics

Ask = Callable[[int], Awaitable[int]]


class Add(Message[int], frozen=True):
    """Answered with the sum so far."""

    amount: int


class Adder(MessageActor):
    """Adds up."""

    def __init__(self) -> None:
        super().__init__("adder", PrometheusMetrics(), {Add: self.add})

    async def start(self) -> None:
        """Begin at nothing."""
        self.total = 0

    async def add(self, message: Add) -> int:
        """Add."""
        self.total += message.amount
        return self.total


async def ask(question: Ask, callers: int, seconds: float) -> float:
    """Return the answers a second."""
    loop = asyncio.get_running_loop()
    answers = 0
    end = loop.time() + seconds

    async def call() -> None:
        nonlocal answers
        while loop.time() < end:
            await question(1)
            answers += 1

    began = time.perf_counter()
    await asyncio.gather(*(call() for _ in range(callers)))
    return answers / (time.perf_counter() - began)


async def actor(callers: int, seconds: float) -> float:
    """Ask a `MessageActor`."""
    adder, stopping = Adder(), asyncio.Event()
    running = asyncio.create_task(adder.run(stopping))
    rate = await ask(lambda amount: adder.ask(Add(amount=amount)), callers, seconds)
    stopping.set()
    await running
    return rate


async def bare(callers: int, seconds: float) -> float:
    """Ask a loop over a queue, with nothing around it."""
    queue: asyncio.Queue[tuple[Add, asyncio.Future[int]]] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    async def handle() -> None:
        total = 0
        while True:
            message, answer = await queue.get()
            total += message.amount
            answer.set_result(total)

    async def question(amount: int) -> int:
        answer: asyncio.Future[int] = loop.create_future()
        queue.put_nowait((Add(amount=amount), answer))
        return await answer

    running = asyncio.create_task(handle())
    rate = await ask(question, callers, seconds)
    running.cancel()
    return rate


def pykka(callers: int, seconds: float) -> float:
    """Ask an actor of Pykka, from threads, as its documentation does."""
    from benchmarks.peers.pykka_adder import make

    adder = make()
    counts = [0] * callers
    end = time.perf_counter() + seconds

    def call(number: int) -> None:
        while time.perf_counter() < end:
            adder.ask(Add(amount=1), timeout=5)
            counts[number] += 1

    began = time.perf_counter()
    with ThreadPoolExecutor(callers) as threads:
        list(threads.map(call, range(callers)))
    adder.stop()
    return sum(counts) / (time.perf_counter() - began)


SIDES: dict[str, Callable[[int, float], Coroutine[Any, Any, float]]] = {
    "bare": bare,
    "actor": actor,
}


def main() -> None:
    """Measure one side."""
    side, callers, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    if side == "pykka":
        rate = pykka(callers, seconds)
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            rate = runner.run(SIDES[side](callers, seconds))
    sys.stdout.write(json.dumps({"rate": rate}))


if __name__ == "__main__":
    main()
