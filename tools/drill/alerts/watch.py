"""A real Prometheus and a real Alertmanager, on the files of a generated service."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from tools.drill.child import listening
from tools.process import free_port

# The drill shortens the interval of reads, and the time for which an expression must hold before it
# is an alert. A rate also looks back for less.
INTERVAL = "2s"
HOLDS = "4s"
RANGE = "15s"
PROMPT = {"group_wait": "1s", "group_interval": "1s"}


class Watch:
    """Asks both servers. `rules` are the alerts by name, as the service has them."""

    def __init__(self, prometheus: str, alertmanager: str, folder: Path, source: Path) -> None:
        self._prometheus = httpx.AsyncClient(base_url=prometheus, timeout=10)
        self._alertmanager = httpx.AsyncClient(base_url=alertmanager, timeout=10)
        self._targets = folder / "targets" / "drill.yml"
        document = yaml.safe_load((source / "rules.yml").read_text())
        rules = [rule for group in document["groups"] for rule in group["rules"]]
        self.alerts: list[str] = [rule["alert"] for rule in rules if "alert" in rule]

    def read(self, *ports: int) -> None:
        """Let Prometheus read the service's replicas at these ports."""
        fresh = self._targets.with_suffix(".new")
        fresh.write_text(yaml.safe_dump([{"targets": [f"127.0.0.1:{port}" for port in ports]}]))
        fresh.rename(self._targets)

    async def firing(self) -> set[str]:
        """Return the names of the alerts that Alertmanager has."""
        answer = await self._alertmanager.get("/api/v2/alerts", params={"active": "true"})
        return {alert["labels"]["alertname"] for alert in answer.raise_for_status().json()}

    async def values(self, expr: str) -> list[float]:
        """Return the present value of each series of an expression; raises where it is wrong."""
        answer = await self._prometheus.get("/api/v1/query", params={"query": expr})
        found: list[Any] = answer.raise_for_status().json()["data"]["result"]
        return [float(series["value"][1]) for series in found]

    async def is_up(self, *jobs: str) -> None:
        """Wait until Prometheus reads these jobs; raises `TimeoutError`."""
        async with asyncio.timeout(60):
            for job in jobs:
                while await self.values(f'min(up{{job="{job}"}})') != [1]:
                    await asyncio.sleep(0.5)


@asynccontextmanager
async def watching(source: Path, broker: int, folder: Path) -> AsyncIterator[Watch]:
    """Run both on copies of the files in `source`, with the metrics of RabbitMQ at port `broker`.

    The copies have other addresses and shorter times; the expressions stay the same otherwise.
    """
    ports = {"prometheus": free_port(), "alertmanager": free_port(), "broker": broker}
    (folder / "targets").mkdir(parents=True)
    (folder / "rules.yml").write_text(shortened((source / "rules.yml").read_text()))
    (folder / "prometheus.yml").write_text(_addressed(source / "prometheus.yml", ports))
    (folder / "alertmanager.yml").write_text(_prompt(source / "alertmanager.yml"))
    prometheus = (
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'series'}",
        f"--web.listen-address=127.0.0.1:{ports['prometheus']}",
        "--log.level=error",
    )
    alertmanager = (
        "prometheus-alertmanager",
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'alerts'}",
        f"--web.listen-address=127.0.0.1:{ports['alertmanager']}",
        "--cluster.listen-address=",
        "--log.level=error",
    )
    async with (
        listening(*alertmanager, ports=[ports["alertmanager"]]),
        listening(*prometheus, ports=[ports["prometheus"]]),
    ):
        urls = [f"http://127.0.0.1:{ports[name]}" for name in ("prometheus", "alertmanager")]
        yield Watch(urls[0], urls[1], folder, source)


def shortened(rules: str) -> str:
    """Return the rules with short times."""
    document = yaml.safe_load(rules)
    for group in document["groups"]:
        for rule in group["rules"]:
            rule["expr"] = re.sub(r"\[\d+[mh]\]", f"[{RANGE}]", rule["expr"])
            if "for" in rule:
                rule["for"] = HOLDS
    return yaml.safe_dump(document, width=1000)


def _addressed(path: Path, ports: Mapping[str, int]) -> str:
    document = yaml.safe_load(path.read_text())
    document["global"] = {"scrape_interval": INTERVAL, "evaluation_interval": INTERVAL}
    local = {
        "broker:15692": f"127.0.0.1:{ports['broker']}",
        "alertmanager:9093": f"127.0.0.1:{ports['alertmanager']}",
        "localhost:9090": f"127.0.0.1:{ports['prometheus']}",
    }
    # Compose's names and the collector are not here.
    jobs = [job for job in document["scrape_configs"] if job["job_name"] != "collector"]
    for job in jobs:
        job.pop("dns_sd_configs", None)
    document["scrape_configs"] = jobs
    text = yaml.safe_dump(document)
    for there, here in local.items():
        text = text.replace(there, here)
    return text


def _prompt(path: Path) -> str:
    document = yaml.safe_load(path.read_text())
    for route in (document["route"], *document["route"]["routes"]):
        route |= PROMPT
    return yaml.safe_dump(document)
