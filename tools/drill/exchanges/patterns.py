"""Each pattern as a row of the topology: who gets what, counted by an independent client."""

from collections.abc import Collection, Sequence

import httpx

from tools.drill import look
from tools.drill.exchanges.reader import Got, Reader
from tools.drill.exchanges.topology import ACTIONS, HASHED, MODULE, SUBJECTS
from tools.drill.stage import Stage, command
from tools.drill.verdict import Verdict

SELECTED = ("by.topic", "by.direct", "by.fanout.1", "by.fanout.2", "by.all", "by.any", "by.none")


async def patterns(stage: Stage, count: int) -> bool:
    """Register `count` notifications for each subject and action, and read every queue."""
    verdict = Verdict(f"{stage.name}: one publish each, {len(SUBJECTS) * len(ACTIONS) * count:,}")
    service = stage.service("announcer", ["producer"])
    (service.path / "src/app/bootstrap/own/topology.py").write_text(MODULE)
    settings = await stage.settings(service, BROKER_ATTRIBUTES="headers")
    described = await command(service, settings, "describe")
    verdict.holds("describe shows the rows", "by.fanout.1" in described and "past" in described)
    producer = await stage.serve(service, settings)
    url = settings["BROKER_URL"]
    # The first event declares the rows.
    await _register(producer.url, "prepared", ["nobody"], 1)
    await look.exists_soon(url, "past")
    await look.drained(settings, "by.none")
    screen = await Reader.temporary(url, stage.name, "notification.#")
    sharing = [await Reader.open(url, "shared") for _ in range(2)]
    active = [await Reader.open(url, "single") for _ in range(2)]
    for action in ACTIONS:
        await _register(producer.url, action, SUBJECTS, count)
    total = len(SUBJECTS) * len(ACTIONS) * count
    by_subject = len(ACTIONS) * count
    wanted = dict(
        zip(SELECTED, (by_subject, count, total, total, by_subject, by_subject, 0), strict=True)
    )
    # A durable queue had them before its reader came.
    for queue, number in wanted.items():
        reader = await Reader.open(url, queue)
        await reader.reached(number)
        verdict.equal(f"{queue}: each of its events once", once(await reader.close()), number)
    await _hash(verdict, url, total)
    await _consumers(verdict, sharing, active, total)
    await screen.reached(total)
    verdict.equal("temporary queue: each once", once(await screen.close()), total)
    for turn in ("first", "second"):
        reader = await Reader.open(url, "past", **{"x-stream-offset": "first"})
        await reader.reached(total)
        verdict.equal(f"stream, {turn} time from the first: all", once(await reader.close()), total)
    verdict.equal("events that stay in the outbox", await look.waiting(settings["DATABASE_URL"]), 0)
    return verdict.show()


def once(got: Sequence[Got]) -> int | str:
    """Return how many there are of the two actions, or say that some came twice."""
    events = [each for each in got if each.subject != "nobody"]
    different = len({each.id for each in events})
    return different if different == len(events) else f"{len(events)}, {different} different"


async def _hash(verdict: Verdict, url: str, total: int) -> None:
    parts = []
    for queue in HASHED:
        reader = await Reader.open(url, queue)
        await reader.reached(total // len(HASHED), seconds=3)
        parts.append(await reader.close())
    verdict.equal(
        "hash: each once over all queues", once([g for part in parts for g in part]), total
    )
    split = [
        subject
        for subject in SUBJECTS
        if sum(any(got.subject == subject for got in part) for part in parts) != 1
    ]
    verdict.equal("hash: subjects in more than one queue", split, [])


async def _consumers(
    verdict: Verdict, sharing: Collection[Reader], active: Sequence[Reader], total: int
) -> None:
    for reader in sharing:
        await reader.reached(total // 3)
    shares = [await reader.close() for reader in sharing]
    verdict.equal(
        "competing: each once over both", once([g for each in shares for g in each]), total
    )
    verdict.holds("competing: both got some", all(shares), " + ".join(str(len(s)) for s in shares))
    await active[0].reached(total)
    verdict.equal("single active: the first got all", once(active[0].got), total)
    verdict.equal("single active: the other got none", len(active[1].got), 0)
    for reader in active:
        await reader.close()


async def _register(url: str, action: str, receivers: Collection[str], count: int) -> None:
    """Register numbered notifications, in batches."""
    async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as http:
        for number in range(count):
            batch = [
                {"receiver": receiver, "action_type": action, "action_data": {"n": number}}
                for receiver in receivers
            ]
            (await http.post("/notifications", json=batch)).raise_for_status()
