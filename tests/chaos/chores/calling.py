"""Callers of remote jobs: a process that calls all the time, and what it says of each call."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from tests.chaos.history import History
from tools.drill.rpc.jobs import ONCE, REPEATABLE
from tools.process import unset
from tools.service import Service

# Seconds: a call's deadline; the pause between two calls of one caller, on average; until the
# last call has ended.
WITHIN = 5.0
PAUSE = 0.3
END = 30.0
# Callers of each of the two jobs.
CALLERS = 3
PROGRAM = "always_calling.py"

_PROGRAM = '''"""Calls `JOBS` until the input ends; prints a line for each begin and each end."""

import asyncio
import json
import random
import sys
import time
from itertools import count

from app.application.square import Again, Square
from chassis.application.rpc.replies import word_of
from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.system import System
from chassis.service_package import use_service

JOBS = {0: Square, 1: Again}


async def main(seed: str, callers: int, within: float, pause: float) -> None:
    """Call, until the input ends."""
    use_service("app")
    system = System(Configuration.read(), [])
    jobs = system.core.remote_jobs()
    numbers = count()
    ended = asyncio.Event()

    async def call(caller: int, chance: random.Random) -> None:
        while not ended.is_set():
            number = next(numbers)
            print(json.dumps([caller, number]), flush=True)
            began = time.monotonic()
            try:
                answer = await jobs.ask(JOBS[caller](caller=caller, number=number), within)
                outcome = "answered" if answer == number**2 else f"wrong: {answer}"
            except Exception as error:
                outcome = word_of(error)
            took = time.monotonic() - began
            print(json.dumps([caller, number, outcome, round(took, 3)]), flush=True)
            await asyncio.sleep(chance.expovariate(1 / pause))

    async def listen() -> None:
        await asyncio.to_thread(sys.stdin.read)
        ended.set()

    async with asyncio.TaskGroup() as group:
        group.create_task(listen())
        for number in range(callers):
            for caller in JOBS:
                group.create_task(call(caller, random.Random(f"{seed}/{caller}/{number}")))
    await system.close()


seed, callers, within, pause = sys.argv[1:]
asyncio.run(main(seed, int(callers), float(within), float(pause)))
'''


def add_program(service: Service) -> None:
    """Put the program of the callers into a service that has the jobs."""
    (service.path / PROGRAM).write_text(_PROGRAM)


@asynccontextmanager
async def calling(
    service: Service, settings: Mapping[str, str], history: History, seed: int
) -> AsyncIterator[None]:
    """Call for as long as the block lasts; then each call that was begun ends.

    The history has "asked" and "ended" for each call, and "ended badly" if the process does not end
    well. The callers reach the broker as the replicas do.
    """
    child = await asyncio.create_subprocess_exec(
        service.command("python"),
        *(PROGRAM, str(seed), str(CALLERS), str(WITHIN), str(PAUSE)),
        cwd=service.path,
        env={**unset(service), **settings},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    reading = asyncio.create_task(_read(child, history))
    try:
        yield
    finally:
        assert child.stdin
        child.stdin.close()
        code: int | None = None
        lines: list[str] = []
        try:
            async with asyncio.timeout(END):
                lines = await reading
                code = await child.wait()
        except TimeoutError:
            child.kill()
        if code != 0:
            history.note("ended badly", replica="callers", code=code, lines=lines[-20:])


async def _read(child: asyncio.subprocess.Process, history: History) -> list[str]:
    """Write down what the callers say; return what else the process has printed."""
    assert child.stdout
    assert child.stderr
    errors = asyncio.create_task(child.stderr.read())
    async for line in child.stdout:
        caller, number, *rest = json.loads(line)
        call = f"{caller} {number}"
        if rest:
            history.note("ended", call=call, outcome=rest[0], seconds=rest[1])
        else:
            history.note("asked", call=call, job=REPEATABLE if caller else ONCE)
    return (await errors).decode(errors="replace").splitlines()
