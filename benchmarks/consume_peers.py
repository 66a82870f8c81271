"""Ingesting notifications, compared with a peer:
`./run bench -- consume_peers --rounds 5 --count 20000`.

So many events wait in the queue. The service's consumer stores, caches and acks in batches. The
peer is a FastStream subscriber. For each message it inserts by SQLAlchemy, commits, sets a key in
Redis and acks. Every event must be stored and cached, and the queue be empty.
"""

import argparse
import asyncio
from collections.abc import Awaitable, Mapping

from benchmarks import cache, durable, peer, versions, watch
from benchmarks.consume import CONSUMER, PREFETCH, Consume
from benchmarks.rounds import Sample, Side, alternate, console, report
from benchmarks.stand import Stand, stand
from tools.service import Service

PEER = "faststream_sqlalchemy"
OURS = ("aio-pika", "sqlalchemy", "asyncpg", "redis")
THEIRS = ("faststream", *OURS, "pydantic")
# More under way than there are connections to the database would only wait for one.
PEER_PREFETCH = "100"


async def cached(settings: Mapping[str, str], count: int, measured: Awaitable[Sample]) -> Sample:
    """Await a measurement; raises unless it has put so many notifications into the cache."""
    await cache.flush(settings["CACHE_URL"])
    sample = await measured
    if (found := await cache.size(settings["CACHE_URL"])) != count:
        raise RuntimeError(f"of {count} notifications {found} are in the cache")
    return sample


async def sides(on: Stand, program: Service, count: int) -> list[Side]:
    """Return the peer and the service, each with a database, a queue and a cache."""
    url = on.servers.settings["CACHE_URL"]
    own = {"BROKER_PREFETCH": str(PREFETCH), "CACHE_URL": cache.numbered(url, 1)}
    ours = await on.settings("ours", **own)
    async with on.serve(*CONSUMER, settings=ours):
        await watch.bind(ours)
    theirs = await on.unmigrated("theirs")
    theirs |= {"BROKER_PREFETCH": PEER_PREFETCH, "CACHE_URL": cache.numbered(url, 2)}
    await durable.declare(theirs)

    def faststream() -> Awaitable[Sample]:
        running = peer.run(program, ("python", f"{PEER}.py"), theirs)
        consume = Consume(on, theirs, count)
        return cached(theirs, count, consume.stored(running, ("notifications",)))

    def service() -> Awaitable[Sample]:
        running = on.serve(*CONSUMER, settings=ours)
        return cached(ours, count, Consume(on, ours, count).stored(running))

    return [Side("FastStream", faststream), Side("service", service, at_least=8)]


async def main(options: argparse.Namespace) -> None:
    """Print the comparison."""
    async with stand(durable=options.durable) as on:
        if options.durable:
            await durable.check_database(on.servers.settings["DATABASE_URL"])
        found = await versions.servers(on.servers.settings)
        found |= versions.packages(on.service, "service", *OURS)
        program = peer.install(on.folder / PEER, PEER)
        found |= versions.packages(program, "peer", *THEIRS)
        both = await sides(on, program, options.count)
        await alternate(both, options.rounds)
    console.print(f"[dim]both: {durable.TOLD if options.durable else durable.NOT}")
    title = f"{options.count:,} events in the queue, stored, cached and acked"
    report("consume-peers", title, "events/s", both, found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench -- consume_peers", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument(
        "--no-fsync", dest="durable", action="store_false", help="as the servers of the tests"
    )
    asyncio.run(main(parser.parse_args()))
