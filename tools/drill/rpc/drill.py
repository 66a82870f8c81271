"""`rpc`: calls from three processes to two workers, one of which is killed in the middle."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from tools.drill import look
from tools.drill.rpc.jobs import CALLER, add_squares, begun
from tools.drill.stage import Stage
from tools.drill.verdict import Verdict
from tools.process import unset
from tools.service import Service

COUNT = 10_000
CALLERS = 3
IN_FLIGHT = 50
# Seconds: a call's deadline, and how much later a busy machine may report it.
WITHIN = 5.0
LATE = 2.0
ALONE = 500
PATIENCE = 300.0
PREFETCH = "16"
TYPED = {"answered", "deadline-exceeded", "outcome-unknown", "no-worker", "busy", "unavailable"}


async def rpc(stage: Stage, count: int = COUNT) -> bool:
    """Count how each call ends, and how often each was done."""
    verdict = Verdict(f"{stage.name}: {count:,} calls, {CALLERS} callers, 2 workers, one killed")
    service = _service(stage)
    done = stage.folder / "done"
    done.mkdir()
    settings = await stage.settings(service, RPC_PREFETCH=PREFETCH, DRILL_FOLDER=str(done))
    workers = [await stage.serve(service, settings, transports=()) for _ in range(2)]
    await look.consumed_soon(settings["BROKER_URL"], f"{stage.name}.rpc.Square", len(workers))
    shares = [count // CALLERS + (number < count % CALLERS) for number in range(CALLERS)]
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        calling = [
            group.create_task(_call(service, settings, number, share, IN_FLIGHT))
            for number, share in enumerate(shares)
        ]
        while len(begun(done)) < count / 2:
            await asyncio.sleep(0.02)
        had = {file.name for file in done.iterdir()}
        await stage.kill(workers[0])
    found = [each.result() for each in calling]
    _judge(verdict, found, begun(done), count)
    verdict.equal("workers that had calls", len(had), 2)
    alone = await _call(service, settings, CALLERS, ALONE, 1)
    verdict.equal("one at a time: answered", alone["outcomes"].get("answered"), ALONE)
    verdict.holds(
        "  median time of one (the job takes 10 ms)", True, f"{alone['p50'] * 1000:.1f} ms"
    )
    return verdict.show()


def _service(stage: Stage) -> Service:
    """Return a service that is a worker alone, with the job."""
    service = stage.service("squarer", ["worker"], ())
    add_squares(service)
    (service.path / "calling.py").write_text(CALLER)
    return service


async def _call(
    service: Service, settings: Mapping[str, str], caller: int, count: int, in_flight: int
) -> dict[str, Any]:
    """Run one caller process to its end, and return what it printed."""
    arguments = [str(each) for each in (caller, count, in_flight, WITHIN)]
    child = await asyncio.create_subprocess_exec(
        service.command("python"),
        *("calling.py", *arguments),
        cwd=service.path,
        env={**unset(service), **settings},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await child.communicate()
    if child.returncode:
        raise RuntimeError(f"a caller has ended with {child.returncode}")
    found: dict[str, Any] = json.loads(output)
    return found


def _judge(verdict: Verdict, found: list[dict[str, Any]], lines: list[str], count: int) -> None:
    outcomes: Counter[str] = Counter()
    for each in found:
        outcomes.update(each["outcomes"])
    verdict.equal("calls that ended", outcomes.total(), count)
    for outcome, number in outcomes.most_common():
        verdict.holds(f"  {outcome}", outcome in TYPED, number)
    longest = max(each["longest"] for each in found)
    verdict.holds(
        f"within their deadline of {WITHIN:g} s", longest < WITHIN + LATE, f"{longest:.2f} s"
    )
    done = Counter(lines)
    verdict.equal("calls that were done twice", sum(each > 1 for each in done.values()), 0)
    answered = [
        f"{caller} {number}" for caller, each in enumerate(found) for number in each["answered"]
    ]
    missing = sum(each not in done for each in answered)
    verdict.equal("answers to calls that were never done", missing, 0)
    verdict.holds("  answers a second", True, round(sum(each["rate"] for each in found)))
