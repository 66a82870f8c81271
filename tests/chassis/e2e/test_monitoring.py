"""The rules and dashboards, against what a service and RabbitMQ export right after the start."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.chassis.expressions import Sample, problems, queries, read, rules, used
from tests.e2e.process import serving
from tests.servers.ports import free_port
from tests.servers.rabbitmq import RabbitmqServer

DETAILED = "/metrics/detailed?family=queue_coarse_metrics&family=queue_consumer_count"
TIMEOUT = 30


class MonitoredRabbitmqServer(RabbitmqServer):
    """One with a page of metrics."""

    def __init__(self, config: str = "") -> None:
        self.metrics_port = free_port()
        listener = f"prometheus.tcp.ip = 127.0.0.1\nprometheus.tcp.port = {self.metrics_port}"
        super().__init__("\n".join((listener, config)))

    @property
    def plugins(self) -> list[str]:
        return [*super().plugins, "rabbitmq_prometheus"]


@pytest.fixture
async def samples(tmp_path: Path, database_url: str, cache_url: str) -> AsyncIterator[list[Sample]]:
    """The series of both."""
    with MonitoredRabbitmqServer.private() as broker:
        settings = {
            "DATABASE_URL": database_url,
            "BROKER_URL": broker.url,
            "CACHE_URL": cache_url,
        }
        async with serving(tmp_path, **settings) as process, httpx.AsyncClient() as http:
            page = f"http://127.0.0.1:{broker.metrics_port}"
            # Some of RabbitMQ's appear with its first statistics, after some seconds.
            async with asyncio.timeout(TIMEOUT):
                while "rabbitmq_detailed_queue_messages{" not in (
                    detailed := (await http.get(page + DETAILED)).text
                ):
                    await asyncio.sleep(0.1)
            own = (await http.get(f"{process.ops}/metrics")).text
            overall = (await http.get(f"{page}/metrics")).text
            up = 'up{job="service",instance="a"} 1\n'
            yield [sample for text in (own, overall, detailed, up) for sample in read(text)]


async def test_each_expression_names_series_that_exist_from_the_start(
    samples: list[Sample],
) -> None:
    known = [*samples]
    wrong = []
    expressions = [(str(rule.get("record") or rule["alert"]), rule["expr"]) for rule in rules()]
    for name, expr in (*expressions, *queries()):
        wrong += [f"{name}: {problem}" for problem in problems(expr, known)]
        if ":" in name and " " not in name:
            # Its series have the labels of those that it is made of.
            of = {metric for metric, _ in used(expr).metrics}
            known += [Sample(name, it.labels) for it in known if it.name in of]

    assert len(expressions) > 20
    assert wrong == []
