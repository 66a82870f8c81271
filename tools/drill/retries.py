"""`retries`: a handler that always fails runs once per attempt, and costs nothing in between."""

import asyncio
import itertools
import json
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pika

from tools.drill import look
from tools.drill.events import event
from tools.drill.poison import Exchange
from tools.drill.stage import Stage
from tools.drill.verdict import Verdict
from tools.service import Service
from tools.usage import processor_time

COUNT = 20
DELAYS = (1.0, 3.0, 8.0)
# Seconds that an attempt may come after its delay.
LATE = 2.0
# The share of one processor that a waiting consumer may use.
IDLE = 0.05
TYPE = "drill.failed.v1"

FAILING = f'''"""The event that can never be handled."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dependency_injector import containers, providers


class Failing:
    """Writes each attempt at a single event down, and fails."""

    async def __call__(self, events: Sequence[Any]) -> Any:
        """Fail."""
        if len(events) == 1:
            with Path("attempts").open("a") as attempts:
                attempts.write(f"{{events[0].id}} {{time.time()}}\\n")
        raise RuntimeError("this one always fails")


class Container(containers.DeclarativeContainer):
    """Handles the event of the drill."""

    core = providers.DependenciesContainer()
    failing = providers.Factory(Failing)
    events = providers.Dict({{"{TYPE}": failing.provider}})
'''


async def retries(stage: Stage, count: int = COUNT) -> bool:
    """Publish events that always fail among good ones, and count the attempts."""
    verdict = Verdict(f"{stage.name}: {count} events whose handler always fails, {DELAYS} s")
    service = stage.service("retrier", ["consumer"])
    (service.path / "src/app/bootstrap/own/failing.py").write_text(FAILING)
    delays = ",".join(f"{delay:g}" for delay in DELAYS)
    settings = await stage.settings(service, RETRY_DELAYS=delays)
    process = await stage.serve(service, settings)
    queue = settings["BROKER_QUEUE"]
    await look.consumed_soon(settings["BROKER_URL"], queue)
    await asyncio.sleep(2)
    rest = await _share(process.pid, DELAYS[-1] / 2)

    failing = [event(type=TYPE) for _ in range(count)]
    good = [event() for _ in range(count)]
    mixed = itertools.chain.from_iterable(zip(failing, good, strict=True))
    exchange = Exchange(settings["BROKER_URL"], stage.name)
    began = time.monotonic()
    await exchange.publish(*(json.dumps(one).encode() for one in mixed))
    stored = await look.stored(settings["DATABASE_URL"], count)
    verdict.holds(
        "the good ones among them are stored", stored, f"{time.monotonic() - began:.1f} s"
    )
    # The last delay is the longest: from one second after the attempt before it.
    await asyncio.sleep(max(0.0, sum(DELAYS[:-1]) + 1 + LATE / 2 - (time.monotonic() - began)))
    busy = await _share(process.pid, DELAYS[-1] / 2)
    verdict.holds(f"computes under {IDLE:.0%} between attempts", busy < IDLE, f"{busy:.1%}")
    verdict.holds("  with nothing to do at all", True, f"{rest:.1%}")

    dead = await look.depth_soon(settings["BROKER_URL"], f"{queue}.dead", count)
    verdict.holds("all of them are dead letters", dead, count)
    _was_retried(verdict, _attempts(service), [each["id"] for each in failing])
    await _told(verdict, settings, f"{queue}.dead")
    return verdict.show()


def _was_retried(
    verdict: Verdict, attempts: Mapping[str, Sequence[float]], ids: Sequence[str]
) -> None:
    wanted = 1 + len(DELAYS)
    exact = sum(len(attempts[identity]) == wanted for identity in ids)
    verdict.equal(f"tried {wanted} times, and no more", exact, len(ids))
    for number, delay in enumerate(DELAYS):
        gaps = [
            times[number + 1] - times[number]
            for times in attempts.values()
            if len(times) > number + 1
        ]
        seen = f"{min(gaps):.2f} to {max(gaps):.2f} s" if gaps else "none"
        in_time = bool(gaps) and delay <= min(gaps) and max(gaps) < delay + LATE
        verdict.holds(f"  delay {number + 1}, {delay:g} s", in_time, seen)


async def _told(verdict: Verdict, settings: Mapping[str, str], queue: str) -> None:
    headers = await asyncio.to_thread(_headers, settings["BROKER_URL"], queue)
    verdict.equal("dead-lettered with x-attempts", headers.get("x-attempts"), 1 + len(DELAYS))
    for name in ("x-first-failed-at", "x-dead-lettered-at", "x-dead-lettered-reason"):
        seen = str(headers.get(name, ""))
        verdict.holds(f"dead-lettered with {name}", bool(seen), seen[:60])


async def _share(pid: int, seconds: float) -> float:
    """Return which share of one processor a process takes for that long."""
    before = processor_time(pid)
    await asyncio.sleep(seconds)
    return (processor_time(pid) - before) / seconds


def _attempts(service: Service) -> dict[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    written = Path(service.path / "attempts")
    for line in written.read_text().splitlines() if written.exists() else ():
        identity, at = line.split()
        found[identity].append(float(at))
    return found


def _headers(url: str, queue: str) -> dict[str, Any]:
    """Return the headers of the first dead letter, and leave it there."""
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        method, properties, _ = connection.channel().basic_get(queue)
        return dict(properties.headers) if method else {}
