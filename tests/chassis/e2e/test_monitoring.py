"""The rules and dashboards, against what a service and RabbitMQ export right after the start."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec
import pytest

from tests.chassis.expressions import ROLES, Expression, exporters, expressions, metrics_of, used
from tests.chassis.samples import Sample, problems, read
from tests.e2e.process import Process, serving
from tests.servers.ports import free_port
from tests.servers.rabbitmq import RabbitmqServer

DEPLOY = Path(__file__).parents[3] / "deploy"
DETAILED = "/metrics/detailed?family=queue_coarse_metrics&family=queue_consumer_count"
TIMEOUT = 30
# A service with a durable job, which the template's own does not have.
COMMAND = ("tests.chassis.e2e.working", "serve")
# Counters of alerts, and a metric that has each value of their label. An increase from no series to
# 1 is none for Prometheus.
FROM_0 = (
    ("actor_restarts_total", "actor", "mailbox_depth"),
    ("durable_jobs_dead_lettered_total", "exported_job", "durable_jobs_total"),
    ("job_runs_total", "exported_job", "job_next_run_timestamp_seconds"),
    ("request_duration_seconds_count", "transport", "connections_open"),
)
UP = Sample("up", {"job": "service", "instance": "a"})


class MonitoredRabbitmqServer(RabbitmqServer):
    """One with a page of metrics."""

    def __init__(self, config: str = "") -> None:
        self.metrics_port = free_port()
        listener = f"prometheus.tcp.ip = 127.0.0.1\nprometheus.tcp.port = {self.metrics_port}"
        super().__init__("\n".join((listener, config)))

    @property
    def plugins(self) -> list[str]:
        return [*super().plugins, "rabbitmq_prometheus"]


class Scene:
    """The servers, and the folder in which services run."""

    def __init__(
        self, folder: Path, settings: dict[str, str], broker: MonitoredRabbitmqServer
    ) -> None:
        self._folder = folder
        self._settings = {**settings, "BROKER_URL": broker.url, "PYTHONPATH": str(Path.cwd())}
        self._page = f"http://127.0.0.1:{broker.metrics_port}"

    @asynccontextmanager
    async def running(self, *roles: str) -> AsyncIterator[Process]:
        """Run a process with these roles."""
        options = [option for role in roles for option in ("--role", role)]
        async with serving(self._folder, *options, command=COMMAND, **self._settings) as process:
            yield process

    async def broker_samples(self) -> list[Sample]:
        """Return RabbitMQ's series, once there are queues."""
        async with httpx.AsyncClient(base_url=self._page) as http:
            # Some appear with its first statistics, after some seconds.
            async with asyncio.timeout(TIMEOUT):
                while "rabbitmq_detailed_queue_messages{" not in (
                    detailed := (await http.get(DETAILED)).text
                ):
                    await asyncio.sleep(0.1)
            return read((await http.get("/metrics")).text + detailed)


@pytest.fixture
async def scene(tmp_path: Path, database_url: str, cache_url: str) -> AsyncIterator[Scene]:
    settings = {"DATABASE_URL": database_url, "CACHE_URL": cache_url}
    with MonitoredRabbitmqServer.private() as broker:
        yield Scene(tmp_path, settings, broker)


async def first_scrape(process: Process) -> list[Sample]:
    """Return the series that a process has at once."""
    async with httpx.AsyncClient() as http:
        return read((await http.get(f"{process.ops}/metrics")).text)


def all_expressions() -> list[Expression]:
    """Return those of this service."""
    rules = msgspec.yaml.decode((DEPLOY / "monitoring" / "rules.yml").read_bytes())
    return expressions(DEPLOY, rules["groups"])


async def test_each_expression_names_series_that_exist_from_the_start(scene: Scene) -> None:
    async with scene.running(*ROLES) as process:
        own = await first_scrape(process)
        known = [*own, *await scene.broker_samples(), UP]
    wrong = []
    asked = [each for each in all_expressions() if each.kind != "trigger"]
    for each in asked:
        wrong += [f"{each.name}: {problem}" for problem in problems(each.text, known)]
        if each.kind == "record":
            # Its series have the labels of those that it is made of.
            of = {metric for metric, _ in used(each.text).metrics}
            known += [Sample(each.name, it.labels) for it in known if it.name in of]

    assert len([each for each in asked if each.kind == "alert"]) > 20
    assert wrong == []
    for counter, label, metric in FROM_0:
        values = {each.labels[label] for each in own if each.name == metric}
        assert values
        assert values <= {each.labels[label] for each in own if each.name == counter}


async def test_each_metric_is_exported_by_the_roles_of_the_table(scene: Scene) -> None:
    by_role = {}
    for roles in (*((role,) for role in ROLES), ROLES):
        async with scene.running(*roles) as process:
            by_role[roles] = {sample.name for sample in await first_scrape(process)}
    # The queues of those that have ended are still there.
    of_broker = {sample.name for sample in await scene.broker_samples()}
    named = {metric for _, metric in metrics_of(all_expressions())}
    found = {
        metric: exported_by(metric, [role for role in ROLES if metric in by_role[role,]], of_broker)
        for metric in named
    }

    assert found == exporters()
    assert named & by_role[ROLES] == {metric for metric in named if {*found[metric]} & {*ROLES}}


def exported_by(metric: str, roles: Sequence[str], of_broker: set[str]) -> tuple[str, ...]:
    """Return who exports it: roles of the service, else a server, else none."""
    if roles:
        return tuple(roles)
    if metric in of_broker:
        return ("rabbitmq",)
    return ("prometheus",) if metric == UP.name else ()
