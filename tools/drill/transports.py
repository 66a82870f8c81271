"""Transports: all servers in one process, started, and told to end under load on each at once."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack

from tools.drill import look
from tools.drill.over.caller import CUT, TRANSPORTS, Caller, Transport
from tools.drill.over.choose import caller
from tools.drill.over.p2p import P2P_KEY
from tools.drill.stage import Stage
from tools.drill.starts import starts
from tools.drill.table import show
from tools.drill.tally import Tally
from tools.drill.verdict import Verdict
from tools.process import free_port
from tools.service import Service

TIMES = 10
BETWEEN = 1.0
GRACE = 10.0
PATIENCE = 60.0
# The answer to callers during the drain: the service is busy.
CLEAR = {"busy"}
# How each transport tells its streams that the service drains; server-sent events have no word
# for it, their response ends whole.
ENDS: dict[Transport, str] = {"http": "ended"}

NUMBERS = "SELECT receiver, action_data->>'n' AS n, id FROM notifications"


async def transports(stage: Stage, count: int = TIMES) -> bool:
    """Start it a few times; then end it `count` times under load on each transport at once."""
    service = stage.service("several", ["producer", "consumer"], TRANSPORTS)
    settings = await stage.settings(service)
    settings |= {f"{name.upper()}_PORT": str(free_port()) for name in TRANSPORTS}
    settings |= {"SHUTDOWN_GRACE": f"{GRACE:g}", "P2P_KEY": P2P_KEY}
    soon = await starts(stage, service, settings, TRANSPORTS)
    return await _ended(stage, service, settings, count) and soon


async def _ended(stage: Stage, service: Service, settings: dict[str, str], times: int) -> bool:
    verdict = Verdict(f"{stage.name}: told to end {times} times under load on each transport")
    ports: dict[str, int] = {name: int(settings[f"{name.upper()}_PORT"]) for name in TRANSPORTS}
    tallies = {name: Tally(name, _callers(name, ports, service)) for name in TRANSPORTS}
    codes: list[int | None] = []
    taken: list[float] = []
    ends: dict[Transport, list[str]] = {name: [] for name in TRANSPORTS}
    process = await stage.serve(service, settings, transports=TRANSPORTS)
    async with AsyncExitStack() as calling:
        for tally in tallies.values():
            await calling.enter_async_context(tally.calling())
        for _ in range(times):
            streams = await _followed(ports, service)
            for tally in tallies.values():
                await tally.accepted_at_least(len(tally.accepted) + 1)
            await asyncio.sleep(BETWEEN)
            began = time.monotonic()
            codes.append(await process.end())
            taken.append(time.monotonic() - began)
            for name, stream in streams.items():
                ends[name].append(await stream)
            process = await stage.serve(service, settings, transports=TRANSPORTS)
        await asyncio.sleep(BETWEEN)
    verdict.equal("exit codes", codes, [0] * times)
    verdict.holds(f"within {GRACE:g} s", max(taken) <= GRACE, f"{max(taken):.1f} s")
    await _kept(stage, settings, tallies, verdict)
    for name in TRANSPORTS:
        wanted = [ENDS.get(name, "draining")] * times
        verdict.equal(f"{name}: streams end with", _counted(ends[name]), _counted(wanted))
    return verdict.show()


def _callers(name: Transport, ports: dict[str, int], service: Service) -> Callable[[], Caller]:
    return lambda: caller(name, ports, service.path)


async def _followed(ports: dict[str, int], service: Service) -> dict[Transport, asyncio.Task[str]]:
    """Open a stream on each transport."""
    streams = {}
    for name in TRANSPORTS:
        opened = asyncio.Event()
        follower = caller(name, ports, service.path)
        streams[name] = asyncio.create_task(follower.follow(opened.set))
        async with asyncio.timeout(PATIENCE):
            await opened.wait()
    return streams


async def _kept(
    stage: Stage, settings: dict[str, str], tallies: dict[Transport, Tally], verdict: Verdict
) -> None:
    verdict.holds(
        "outbox and queue are empty", await look.drained(settings, settings["BROKER_QUEUE"])
    )
    found = await look.rows(settings["DATABASE_URL"], NUMBERS)
    stored = {(row["receiver"], int(row["n"])): str(row["id"]) for row in found}
    rows = []
    for name, tally in tallies.items():
        accepted = {(name, number): identity for number, identity in tally.accepted.items()}
        kept = sum(stored.get(key) == identity for key, identity in accepted.items())
        lost = sum((name, number) in stored for number in tally.unanswered)
        rows.append(
            (
                *(name, tally.sent, len(accepted), tally.refused.total(), tally.unreached),
                *(len(tally.unanswered), lost, kept, _told(tally.unanswered.values())),
            )
        )
        verdict.equal(f"{name}: accepted, and stored", kept, len(accepted))
        verdict.equal(f"{name}: stored, and not answered", lost, 0)
        cut = sum(how == CUT for how in tally.unanswered.values())
        verdict.equal(f"{name}: {CUT}", cut, 0)
        verdict.holds(f"{name}: refused clearly", {*tally.refused} <= CLEAR, dict(tally.refused))
    columns = (
        *("over", "sent", "accepted", "refused", "no connection"),
        *("unanswered", "lost", "stored", "how the unanswered ended"),
    )
    show(f"{stage.name}: what became of each request", columns, rows)


def _counted(words: Iterable[str]) -> dict[str, int]:
    return dict(Counter(words))


def _told(words: Iterable[str]) -> str:
    return ", ".join(f"{count} {word}" for word, count in Counter(words).items())
