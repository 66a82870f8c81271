"""The trace of one notification, from the request to the stream, as a collector gets it."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.chassis.collector import CollectedSpan, Collector, collecting
from tests.chassis.e2e.bound import until_bound
from tests.chassis.e2e.traces import tree
from tests.e2e.events import open_events
from tests.e2e.process import Process, environment, serving

GREETING = {"receiver": "ada", "action_type": "greeted"}
TRACE = "0af7651916cd43dd8448eb211c80319c"


def settings(collector: Collector, **more: str) -> dict[str, str]:
    # Sent at once, not every five seconds.
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_BSP_SCHEDULE_DELAY": "50",
        **more,
    }


async def send(process: Process, to: Process, flags: str = "01") -> str:
    """Register one notification under a trace of the caller's, and wait until it is streamed."""
    headers = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-{flags}"}
    async with httpx.AsyncClient() as http, open_events(http, url=to.url) as events:
        await anext(events)
        url = f"{process.url}/notifications"
        answer = await http.post(url, json=GREETING, headers=headers)
        assert answer.status_code == 202
        data = json.loads((await anext(events))["data"])
        identity: str = answer.json()["id"]
        assert data["id"] == identity
    return identity


def of_trace(collector: Collector, count: int) -> list[CollectedSpan]:
    """Return the spans of the caller's trace, which are `count` and that of the stream."""
    return [span for span in collector.wait_for(count + 1) if span.trace == TRACE]


async def test_through_real_servers_it_is_one_trace(
    tmp_path: Path, servers: dict[str, str]
) -> None:
    with collecting() as collector:
        announcer = settings(collector, OTEL_SERVICE_NAME="announcer", **servers)
        reader = settings(collector, OTEL_SERVICE_NAME="reader", **servers)
        async with (
            serving(tmp_path, "--role", "producer", **announcer) as producer,
            serving(tmp_path, "--role", "consumer", **reader) as consumer,
        ):
            await until_bound(servers)
            identity = await send(producer, consumer)
        spans = of_trace(collector, 5)
    exchange, queue = servers["BROKER_EXCHANGE"], servers["BROKER_QUEUE"]
    found = tree(spans)
    assert found[:2] == [
        "announcer: server POST /notifications",
        "  announcer: producer Register",
    ]
    # The broker may deliver before its confirm has come.
    published = f"    announcer: client publish {exchange}"
    assert published in found
    assert [line for line in found[2:] if line != published] == [
        f"    reader: consumer process {queue}",
        "      reader: internal push",
    ]
    [root] = [span for span in spans if span.kind == "server"]
    assert root.parent == "b7ad6b7169203331"
    told = {span.kind: span.attributes for span in spans if "messaging.system" in span.attributes}
    assert {each["messaging.system"] for each in told.values()} == {"rabbitmq"}
    assert {kind: each["messaging.operation.type"] for kind, each in told.items()} == {
        "producer": "create",
        "client": "send",
        "consumer": "process",
    }
    assert told["client"]["messaging.message.id"] == identity
    assert told["consumer"]["messaging.message.id"] == identity


async def test_in_one_process_it_is_the_same(tmp_path: Path) -> None:
    with collecting() as collector:
        async with serving(tmp_path, **settings(collector)) as process:
            await send(process, process)
        spans = of_trace(collector, 5)
    assert len(tree(spans)) == 5


async def test_what_the_caller_does_not_sample_is_not_told_of(tmp_path: Path) -> None:
    with collecting() as collector:
        async with serving(tmp_path, **settings(collector)) as process:
            await send(process, process, flags="00")
            await send(process, process)
        assert len(of_trace(collector, 5)) == 5


@pytest.mark.parametrize(
    ("values", "imported"),
    (({}, False), ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}, True)),
)
def test_the_libraries_are_imported_only_where_they_are_asked_for(
    tmp_path: Path, values: dict[str, str], imported: bool
) -> None:
    program = (
        "import sys\n"
        "from chassis.bootstrap.configuration import Configuration\n"
        "from chassis.bootstrap.system import System\n"
        "from chassis.service_package import use_service\n"
        "use_service('app')\n"
        "system = System(Configuration.read(), ['producer', 'consumer'])\n"
        "print(len(system.services), any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, cwd=tmp_path, env=environment(values), capture_output=True)
    count, found = ran.stdout.split()
    assert int(count) > 0
    assert found.decode() == str(imported)


async def test_a_collector_that_is_away_stops_nothing(tmp_path: Path) -> None:
    away = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    async with serving(tmp_path, **away, SHUTDOWN_GRACE="5") as process:
        await send(process, process)
    assert await process.ended() == 0
