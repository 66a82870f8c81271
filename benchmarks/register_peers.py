"""Accepting a notification, compared with peers:
`./run bench -- register_peers --rounds 5 --seconds 30`.

The service, with its relay, is compared with two that insert, commit and publish within the
request. One is the output of `fastapi_template`, the other one file of Litestar, SQLAlchemy and
aio-pika. All answer 202 once the row is committed. The peers also wait for the confirm of the
message; the service has it in its outbox. Each peer is checked before it is timed: every row and
every message is there.
"""

import argparse
import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import replace

from benchmarks import durable, generated_peer, peer, versions, watch, wrk
from benchmarks.register import CONNECTIONS, PRODUCER, WARM_UP, Register, Running
from benchmarks.rounds import Sample, Side, alternate, console, report
from benchmarks.stand import Stand, stand
from tools.service import Service

FLAT = "litestar_sqlalchemy"
PACKAGES = ("litestar", "uvicorn", "sqlalchemy", "asyncpg", "aio-pika")


class Peers(Register):
    """Measures one side after the other."""

    async def direct(self, running: Running, settings: Mapping[str, str], path: str) -> Sample:
        """Measure a peer, and hold what it stored and published against what it accepted."""
        async with running as process:
            await wrk.load(f"{process.url}{path}", WARM_UP, CONNECTIONS)
            stored = await watch.settled(settings["DATABASE_URL"], "notifications")
            await durable.check_messages(settings, stored)
            await watch.clear(settings)
            sample, answered = await self.load(process, path)
            accepted = await self.accepted(settings, answered)
            await durable.check_messages(settings, accepted)
        return Sample(sample.value, sample.cpu, f"{accepted:,} stored and published")


async def sides(on: Stand, project: Service, program: Service, seconds: int) -> list[Side]:
    """Return the peers and the service, each with a database, an exchange and a queue."""
    peers = Peers(on, seconds)
    ours = await on.settings("ours")
    async with on.serve("serve", "--role", "consumer", settings=ours):
        await watch.bind(ours)
    theirs = {name: await on.unmigrated(name) for name in (generated_peer.EXCHANGE, FLAT)}
    for settings in theirs.values():
        await durable.declare(settings)

    def generated() -> Awaitable[Sample]:
        settings = theirs[generated_peer.EXCHANGE]
        own = generated_peer.settings(settings)
        running = peer.serve(project, generated_peer.COMMAND, own, generated_peer.PORT)
        return peers.direct(running, settings, generated_peer.PATH)

    def flat() -> Awaitable[Sample]:
        settings = theirs[FLAT]
        running = peer.uvicorn(program, f"{FLAT}:app", settings)
        return peers.direct(running, settings, "/notifications")

    def service() -> Awaitable[Sample]:
        return peers.relayed(on.serve(*PRODUCER, settings=ours), ours)

    return [
        Side("fastapi_template", generated),
        Side("Litestar, SQLAlchemy, aio-pika", flat),
        Side("service", service),
    ]


async def main(options: argparse.Namespace) -> None:
    """Print a comparison with each peer."""
    async with stand(durable=options.durable) as on:
        if options.durable:
            await durable.check_database(on.servers.settings["DATABASE_URL"])
        found = await versions.servers(on.servers.settings)
        found |= versions.packages(on.service, "service", *PACKAGES)
        project = generated_peer.generate(on.folder / "generated")
        program = peer.install(on.folder / FLAT, FLAT)
        peers = {
            "generated": (9.0, versions.packages(project, "peer", *generated_peer.PACKAGES)),
            "litestar": (5.0, versions.packages(program, "peer", *PACKAGES)),
        }
        *others, service = await sides(on, project, program, options.seconds)
        await alternate([*others, service], options.rounds)
    console.print(f"[dim]all: {durable.TOLD if options.durable else durable.NOT}")
    title = f"POST to 202, {CONNECTIONS} connections, {options.seconds} s"
    for (name, (at_least, theirs)), other in zip(peers.items(), others, strict=True):
        ours = replace(service, at_least=at_least)
        report(f"register-{name}", title, "answers/s", [other, ours], found | theirs)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench -- register_peers", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument(
        "--no-fsync", dest="durable", action="store_false", help="as the servers of the tests"
    )
    asyncio.run(main(parser.parse_args()))
