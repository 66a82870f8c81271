"""One notification's trace, and what tracing costs: `./run bench -- tracing --rounds 5`.

The trace goes through a producer and a consumer, each a process of its own, to a subscriber. The
cost is that of the whole path in one process under load. The sides are: without the libraries, with
them and without an endpoint, with one notification of a hundred traced, and with all.
"""

import argparse
import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import httpx

from benchmarks import watch, wrk
from benchmarks.rounds import Sample, Side, alternate, console, report
from benchmarks.sink import Sink, sink
from benchmarks.spans import collector, tree
from benchmarks.stand import Stand, stand
from tools.client.reader import Reader
from tools.drill import look
from tools.service import install, render
from tools.usage import processor_time

CONNECTIONS = 64
WARM_UP = 1
SPANS = 5
ONE_IN_A_HUNDRED = {
    "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
    "OTEL_TRACES_SAMPLER_ARG": "0.01",
}
# The load must be accepted, not refused.
NO_MARK = {"OUTBOX_MARK": str(10**9)}
_LEFT = """
    SELECT EXISTS (SELECT FROM outbox)
        OR (SELECT count(*) FROM notifications) > (SELECT count(*) FROM journal)
"""


async def show_trace(on: Stand) -> None:
    """Print the trace of one notification, from the caller's request to the subscriber."""
    settings = await on.settings("trace", OTEL_BSP_SCHEDULE_DELAY="100")
    async with collector(on.service) as collected:
        traced = settings | {"OTEL_EXPORTER_OTLP_ENDPOINT": collected.url}
        producer = traced | {"OTEL_SERVICE_NAME": "producer"}
        consumer = traced | {"OTEL_SERVICE_NAME": "consumer"}
        async with (
            on.serve("serve", "--role", "producer", settings=producer) as one,
            on.serve("serve", "--role", "consumer", settings=consumer) as other,
            _subscribed(other.url) as arrived,
            httpx.AsyncClient(base_url=one.url) as http,
        ):
            # Messages that fit no queue yet would become unrouted.
            await watch.bind(settings)
            await _post(http, secrets.token_hex(16))
            await arrived.wait()
            # The first one connects and compiles; the second is what one costs.
            arrived.clear()
            trace = secrets.token_hex(16)
            await _post(http, trace)
            await arrived.wait()
            console.print(tree(await collected.trace(trace, SPANS)))


async def measure(
    on: Stand, settings: Mapping[str, str], seconds: int, taking: Sink | None = None
) -> Sample:
    """Return the notifications that went all the way in a second."""
    if taking is not None:
        settings = {**settings, "OTEL_EXPORTER_OTLP_ENDPOINT": taking.url}
    url = settings["DATABASE_URL"]
    async with on.serve("serve", settings=settings) as process, _subscribed(process.url):
        await wrk.load(process.url, WARM_UP, CONNECTIONS)
        await _all_ingested(url)
        await watch.clear(settings)
        sent = taking.taken if taking else 0
        computed, began = processor_time(process.pid), time.perf_counter()
        await wrk.load(process.url, seconds, CONNECTIONS)
        await _all_ingested(url)
        took = time.perf_counter() - began
        computed = processor_time(process.pid) - computed
        count = await watch.rows(url, "journal")
    note = f"{count:,} in {took:.1f} s"
    if taking is not None:
        note += f", {(taking.taken - sent) / count:.0f} bytes of spans for each"
    if any("Queue full" in line for line in process.lines):
        note += ", spans were dropped"
    return Sample(count / took, computed / count * 1e6, note)


async def main(options: argparse.Namespace) -> None:
    """Print the trace, then the comparison."""
    async with stand(durable=options.durable) as on, sink() as taking:
        await show_trace(on)
        bare = render(on.folder / "bare", {"project_name": "bench"})
        install(bare)
        without = Stand(bare, on.servers, on.folder)
        settings = await on.settings("cost", **NO_MARK)
        async with on.serve("serve", "--role", "consumer", settings=settings):
            await watch.bind(settings)
        some = settings | ONE_IN_A_HUNDRED
        sides = [
            Side("not installed", lambda: measure(without, settings, options.seconds)),
            Side("off", lambda: measure(on, settings, options.seconds), at_least=0.95),
            Side("1 in 100", lambda: measure(on, some, options.seconds, taking)),
            Side("all", lambda: measure(on, settings, options.seconds, taking)),
        ]
        await alternate(sides, options.rounds)
    title = f"POST to stream in one process, {CONNECTIONS} connections, {options.seconds} s of load"
    report("tracing", title, "notifications/s", sides)


@asynccontextmanager
async def _subscribed(url: str) -> AsyncIterator[asyncio.Event]:
    """Follow everything for as long as the block lasts; yields what is set by each arrival."""
    arrived = asyncio.Event()
    reader = Reader(url, "", lambda data, now: arrived.set())
    following = asyncio.create_task(reader.follow())
    try:
        async with asyncio.timeout(watch.PATIENCE):
            await reader.there.wait()
        yield arrived
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following


async def _post(http: httpx.AsyncClient, trace: str) -> None:
    headers = {"traceparent": f"00-{trace}-{secrets.token_hex(8)}-01"}
    body = {"receiver": "ada", "action_type": "measured"}
    (await http.post("/notifications", json=body, headers=headers)).raise_for_status()


async def _all_ingested(url: str) -> None:
    async with asyncio.timeout(watch.PATIENCE):
        while (await look.rows(url, _LEFT))[0][0]:
            await asyncio.sleep(0.05)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench -- tracing", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument(
        "--no-fsync", dest="durable", action="store_false", help="as the servers of the tests"
    )
    asyncio.run(main(parser.parse_args()))
