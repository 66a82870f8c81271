"""The attacks, on a service that runs in a process of its own. `./run attacks` runs them.

How to add a cell: write a test in `test_<attack>.py` with `@pytest.mark.attack("<attack>",
"<surface>")`, or with the mark `attack("<attack>")` and a parameter `surface`. It takes the fixture
`target`, attacks it, and asserts which error the attacker gets. What every attack has to leave
behind is checked after each test that takes `target`, without a line in the test:

- a good caller of the surface is answered, and what it registers can be read;
- descriptors, threads, tasks, temporary files, connections, streams and requests are back to what
  they were before, after twenty seconds at most;
- the process has never had 512 MB, and no line of its log is an error.

A test that needs other settings takes `serve` instead, and checks with the same `settled`:
`with serve(MAX_CONNECTIONS="64") as target: async with settled(target, "tcp"): ...`.
Its own `@pytest.mark.logs_errors` allows errors in the log, where the attack is one on the machine.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Any

import pytest

from tests.chassis.attacks.good import TRANSPORTS, is_answered
from tests.chassis.attacks.target import Held, Target, attacked

PATIENCE = 20.0
MEMORY = 512 * 2**20
# Threads of pools, which start when they are needed, and stay: ours, that of SQLite's connections,
# and that of the library of p2p.
POOLED = 24
KNOWN = (*TRANSPORTS, "sse", "websocket", "ops")

type Serve = Callable[..., AbstractContextManager[Target]]


def pytest_configure(config: pytest.Config) -> None:
    """Register what only these tests say."""
    config.addinivalue_line("markers", "logs_errors: the service may log errors during this test")


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Serve:
    """Run a service of its own: `with serve(NAME="value") as target`."""

    def served(*arguments: str, **settings: str) -> AbstractContextManager[Target]:
        return attacked(tmp_path_factory.mktemp("attacked") / "service", *arguments, **settings)

    return served


@pytest.fixture(scope="session")
def shared(serve: Serve) -> Iterator[Target]:
    """The service that all tests attack, one after the other; its connections are made."""
    with serve() as target:
        asyncio.run(_warm(target))
        yield target


@pytest.fixture
async def target(shared: Target, request: pytest.FixtureRequest) -> AsyncIterator[Target]:
    """The service to attack; afterwards it must be as it was before."""
    surface = _surface(request.node)
    may_fail = request.node.get_closest_marker("logs_errors") is not None
    async with settled(shared, surface, logs_errors=may_fail):
        yield shared


@asynccontextmanager
async def settled(
    target: Target, surface: str, *, logs_errors: bool = False
) -> AsyncIterator[None]:
    """Attack in this block; afterwards, fail unless the service is as it was before."""
    before, logged = await asyncio.to_thread(target.held), len(target.logs)
    yield
    assert target.is_alive, target.logs[-5:]
    await is_answered(target, surface if surface in KNOWN else "http")
    await _until_as_before(target, before)
    errors = [line for line in target.logs[logged:] if line.get("level") in ("error", "critical")]
    assert logs_errors or not errors, errors[:3]



def _surface(test: Any) -> str:
    mark = test.get_closest_marker("attack")
    assert mark is not None, "a test of an attack is marked with its name and surface"
    parameters = getattr(getattr(test, "callspec", None), "params", {})
    return str(mark.args[1] if len(mark.args) > 1 else parameters["surface"])


async def _until_as_before(target: Target, before: Held) -> None:
    end = time.monotonic() + PATIENCE
    while more := _more(await asyncio.to_thread(target.held), before):
        assert time.monotonic() < end, f"left behind: {more}"
        await asyncio.sleep(0.2)


def _more(now: Held, before: Held) -> dict[str, object]:
    """Return what there is more of; jobs come and go, so fewer is fine."""
    found: dict[str, object] = {}
    if now.descriptors > before.descriptors:
        found["descriptors"] = now.descriptors - before.descriptors
    if now.threads > before.threads + POOLED:
        found["threads"] = now.threads - before.threads
    if now.tasks.total() > before.tasks.total():
        found["tasks"] = now.tasks - before.tasks
    if files := now.files - before.files:
        found["files"] = sorted(files)
    if opened := {name: n for name, n in now.open.items() if n > before.open.get(name, 0)}:
        found["open"] = opened
    if now.memory > MEMORY:
        found["memory"] = now.memory
    return found


async def _warm(target: Target) -> None:
    """Have it load and open what it opens once."""
    for surface in KNOWN:
        await is_answered(target, surface)
    held = target.held()
    # The connections of these callers are gone before the first test looks.
    for _ in range(100):
        await asyncio.sleep(0.1)
        if not any((held := target.held()).open.values()):
            return
    raise AssertionError(f"still open after a good caller of each: {held.open}")
