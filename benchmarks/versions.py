"""The versions of what was measured: what an environment holds, and the servers."""

import asyncio
import re
import subprocess
from collections.abc import Mapping

import pika

from tools.drill import look
from tools.service import Service

DISTRIBUTION = re.compile(r"(?P<name>.+)-(?P<version>[^-]+)\.dist-info")
TIMESCALEDB = "SELECT default_version FROM pg_available_extensions WHERE name = 'timescaledb'"


def packages(project: Service, owner: str, *names: str) -> dict[str, str]:
    """Return the versions of these packages in a project's environment, `owner` before each."""
    found = {}
    for path in project.path.glob(".venv/lib/python*/site-packages/*.dist-info"):
        if match := DISTRIBUTION.fullmatch(path.name):
            found[match["name"].lower().replace("_", "-")] = match["version"]
    return {f"{owner}: {name}": found[name] for name in names}


async def servers(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the versions of the servers that these settings name."""
    url = settings["DATABASE_URL"]
    postgresql = (await look.rows(url, "SHOW server_version"))[0][0]
    timescaledb = await look.rows(url, TIMESCALEDB)
    return {
        "PostgreSQL": postgresql.partition(" ")[0],
        **({"TimescaleDB": timescaledb[0][0]} if timescaledb else {}),
        "RabbitMQ": await asyncio.to_thread(_rabbitmq, settings["BROKER_URL"]),
        "Redis": await asyncio.to_thread(_redis),
    }


def _rabbitmq(url: str) -> str:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        # It is told when a connection opens, and pika shows it nowhere else.
        version: bytes | str = connection._impl.server_properties["version"]
    return version.decode() if isinstance(version, bytes) else version


def _redis() -> str:
    line = ["redis-server", "--version"]
    said = subprocess.run(line, capture_output=True, text=True, check=True).stdout
    found = re.search(r"v=(\S+)", said)
    return found[1] if found else said.strip()
