"""A standby that lacks the last commits is promoted: streams are reset, and none stays silent."""

import asyncio
from collections.abc import Sequence

from tools.drill.load import Load
from tools.drill.look import rows
from tools.drill.stage import Stage
from tools.drill.subscriber import Subscriber
from tools.drill.verdict import Verdict

# A standby's sequence is up to 32 numbers ahead: so many more positions are given twice.
COUNT = 500
BEFORE = 50
PATIENCE = 60.0


async def failover(stage: Stage, count: int = COUNT) -> bool:
    """Two replicas on PostgreSQL: one subscriber stays at each, another comes back later."""
    verdict = Verdict(f"a standby is promoted that lacks {count:,} notifications")
    service = stage.service("drill", ["producer", "consumer"])
    settings = await stage.settings(service)
    replicas = [await stage.serve(service, settings) for _ in range(2)]
    urls = [replica.url for replica in replicas]
    before = await epochs(settings["DATABASE_URL"])
    staying = [Subscriber(url) for url in urls]
    leaving = Subscriber(urls[0])
    async with staying[0].following(), staying[1].following():
        async with leaving.following():
            await sent(urls, BEFORE, [*staying, leaving])
            for deed in ("start", "detach"):
                await stage.servers.do(deed, "standby")
            await sent(urls, count, [*staying, leaving])
        await stage.servers.do("kill", "postgresql")
        await stage.servers.do("take_over", "standby")
        await Load(urls, BEFORE).run()
        verdict.holds("who stays is reset", await reset(staying, 1))
        ids = await sent(urls, BEFORE, staying)
        async with leaving.following():
            verdict.holds("who comes back is reset", await reset([leaving], 1))
            ids += await sent(urls, BEFORE, [*staying, leaving])
    everyone = [*staying, leaving]
    verdict.equal("resets", [each.resets for each in everyone], [1, 1, 1])
    twice = sum(seen > 1 for each in everyone for seen in each.seen.values())
    verdict.equal("came twice on a stream", twice, 0)
    verdict.holds("what is new came on each", set(ids) <= staying[0].seen.keys(), len(ids))
    after = await epochs(settings["DATABASE_URL"])
    verdict.holds("there is one epoch, a new one", len(after) == 1 and after != before)
    told = [each.told["the database has a new epoch"] for each in replicas]
    verdict.equal("lines in each log about it", told, [1, 1])
    return verdict.show()


async def sent(urls: Sequence[str], count: int, to: Sequence[Subscriber]) -> list[str]:
    """Have that many accepted, and wait until each subscriber has them; return the ids."""
    load = Load(urls, count)
    await load.run()
    for subscriber in to:
        if not await subscriber.saw(load.accepted, PATIENCE):
            missing = set(load.accepted) - subscriber.seen.keys()
            raise RuntimeError(f"a stream is silent about {len(missing)} of {count}")
    return load.accepted


async def reset(subscribers: Sequence[Subscriber], times: int) -> bool:
    """Wait until each was reset so often; false where one is not in time."""
    try:
        async with asyncio.timeout(PATIENCE):
            while any(each.resets < times for each in subscribers):
                await asyncio.sleep(0.1)
    except TimeoutError:
        return False
    return True


async def epochs(url: str) -> list[str]:
    """Return what is in the table of the epoch."""
    return [row["epoch"] for row in await rows(url, "SELECT epoch FROM journal_epoch")]
