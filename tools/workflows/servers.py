"""The servers of a job, on this machine."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tools.service import Service, environment

# The settings of a service, and the variables that its tests read instead.
TESTED = {
    "DATABASE_URL": "TEST_DATABASE_URL",
    "BROKER_URL": "TEST_BROKER_URL",
    "CACHE_URL": "TEST_CACHE_URL",
}


@contextmanager
def run_servers(service: Service) -> Iterator[Mapping[str, str]]:
    """Run PostgreSQL, RabbitMQ and Redis as long as the block lasts.

    The block gets the variables that name them to the tests.
    """
    process = subprocess.Popen(
        [service.command("python"), "-m", "tests.servers", "--json"],
        cwd=service.path,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    try:
        settings: dict[str, str] = json.loads(process.stdout.readline())
        # Without the name of a database: the tests make their own.
        yield {TESTED[name]: f"{url.rpartition('/')[0]}/" for name, url in settings.items()}
    finally:
        process.stdin.close()
        process.wait()
