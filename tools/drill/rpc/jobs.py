"""The remote jobs of the drilled service, and the program of their callers."""

from pathlib import Path

from tools.service import Service

# The job that is handled at most once, and the one that may be handled again.
ONCE = "Square"
REPEATABLE = "Again"

MESSAGES = '''"""A remote job that takes a moment, and writes down that it was done."""

from chassis.application.message import Message


class Square(Message[int], frozen=True):
    """Answered with the square; `caller` and `number` name the call."""

    caller: int
    number: int


class Again(Square, frozen=True):
    """The same; two runs do no harm."""

    is_idempotent = True
'''

WORKER = '''"""The worker of `Square` and `Again`."""

import asyncio
import os
from pathlib import Path
from random import Random

from dependency_injector import containers, providers

from app.application.square import Again, Square

# Seconds.
LONGEST = float(os.environ.get("DRILL_LONGEST", "0.02"))


class SquareHandler:
    """Writes a line for each call before it answers."""

    def __init__(self) -> None:
        self._random = Random(os.getpid())
        folder = Path(os.environ["DRILL_FOLDER"])
        self._done = (folder / f"done-{os.getpid()}").open("a", buffering=1)

    async def __call__(self, message: Square) -> int:
        """Return the square, after up to `LONGEST`."""
        self._done.write(f"{message.caller} {message.number}\\n")
        await asyncio.sleep(self._random.uniform(0, LONGEST))
        return message.number**2


class Container(containers.DeclarativeContainer):
    """Serves it in workers alone."""

    core = providers.DependenciesContainer()
    square = providers.Singleton(SquareHandler)
    remote_job_handlers = providers.Dict({Square: square.provider, Again: square.provider})
'''

CALLER = '''"""Calls `Square`: `calling.py CALLER COUNT IN_FLIGHT WITHIN`; prints the outcomes."""

import asyncio
import json
import sys
import time
from collections import Counter

from app.application.square import Square
from chassis.application.rpc.replies import word_of
from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.system import System
from chassis.service_package import use_service


async def call(caller: int, count: int, in_flight: int, within: float) -> dict:
    """Call, so many at a time."""
    use_service("app")
    system = System(Configuration.read(), [])
    jobs = system.core.remote_jobs()
    outcomes, times, answered = Counter(), [], []
    numbers = iter(range(count))

    async def work() -> None:
        for number in numbers:
            began = time.monotonic()
            try:
                answer = await jobs.ask(Square(caller=caller, number=number), within)
                outcome = "answered" if answer == number**2 else "wrong"
                answered.append(number)
            except Exception as error:
                outcome = word_of(error)
            outcomes[outcome] += 1
            times.append(time.monotonic() - began)

    began = time.monotonic()
    await asyncio.gather(*(work() for _ in range(in_flight)))
    took = time.monotonic() - began
    await system.close()
    times.sort()
    return {
        "outcomes": outcomes,
        "answered": answered,
        "rate": count / took,
        "p50": times[len(times) // 2],
        "longest": times[-1],
    }


caller, count, in_flight, within = sys.argv[1:]
found = asyncio.run(call(int(caller), int(count), int(in_flight), float(within)))
print(json.dumps(found))
'''


def add_squares(service: Service) -> None:
    """Give the workers of a service the jobs; they need `DRILL_FOLDER`."""
    (service.path / "src/app/application/square.py").write_text(MESSAGES)
    part = service.path / "src/app/bootstrap/squares"
    part.mkdir()
    (part / "__init__.py").write_text('"""The squares."""\n')
    (part / "worker.py").write_text(WORKER)


def begun(folder: Path) -> list[str]:
    """Return a line, the caller and the number, for each time that a handler began."""
    return [line for file in folder.iterdir() for line in file.read_text().splitlines()]
