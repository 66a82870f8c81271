import httpx
import pytest

from chassis.application.errors import Unavailable
from chassis.application.readiness import Readiness
from chassis.infrastructure.telemetry.metrics import PrometheusMetrics
from chassis.interfaces.ops.app import create_ops


class Dependency:
    """Answers, or says why not."""

    def __init__(self, ailment: str | None = None) -> None:
        self._ailment = ailment

    async def check(self) -> None:
        if self._ailment:
            raise Unavailable(self._ailment)


def client(database: Dependency, cache: Dependency, phase: str = "serving") -> httpx.AsyncClient:
    metrics = PrometheusMetrics()
    readiness = Readiness({"database": database}, {"cache": cache}, metrics)
    readiness.phase = phase  # type: ignore[assignment]  # a parameter of the tests
    app = create_ops(readiness, metrics.render)
    transport = httpx.ASGITransport(app=app)
    return httpx.AsyncClient(transport=transport, base_url="http://ops")


WELL, ILL = Dependency(), Dependency("it does not answer")


@pytest.mark.parametrize(
    ("database", "cache", "phase", "code", "status"),
    (
        (WELL, WELL, "serving", 200, "ready"),
        (WELL, ILL, "serving", 200, "degraded"),
        (ILL, WELL, "serving", 503, "unready"),
        (WELL, WELL, "starting", 503, "unready"),
        (WELL, WELL, "draining", 503, "unready"),
    ),
)
async def test_readiness(
    database: Dependency, cache: Dependency, phase: str, code: int, status: str
) -> None:
    async with client(database, cache, phase) as ops:
        answer = await ops.get("/readyz")

    assert (answer.status_code, answer.json()["status"]) == (code, status)
    assert answer.json()["dependencies"]["database"]["ok"] is (database is WELL)


async def test_alive_however_ill() -> None:
    async with client(ILL, ILL, "starting") as ops:
        assert (await ops.get("/livez")).status_code == 200


async def test_metrics() -> None:
    async with client(WELL, WELL) as ops:
        answer = await ops.get("/metrics")

    # Those of the checks are as new as the answer.
    assert 'dependency_ready{dependency="cache"} 1.0' in answer.text
    assert answer.headers["Content-Type"].startswith("text/plain; version=")


async def test_nothing_else() -> None:
    async with client(WELL, WELL) as ops:
        missing, wrong = await ops.get("/"), await ops.post("/readyz")

    assert (missing.status_code, wrong.status_code) == (404, 405)
    assert wrong.headers["Allow"] == "GET, HEAD"
    assert missing.headers["Content-Type"] == "application/problem+json"
