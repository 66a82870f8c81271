"""Servers end with the process that started them, whatever its end."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.chassis.posix import posix
from tests.servers import redis
from tests.servers.tree import descendants, is_alive

ROOT = Path(__file__).parents[3]
TIMEOUT = 20.0


@contextmanager
def servers(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run the command with its input open."""
    command = [sys.executable, "-m", "tests.servers", "--json", *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_until_gone(pids: list[int]) -> None:
    end = time.monotonic() + TIMEOUT
    while any(map(is_alive, pids)):
        assert time.monotonic() < end, pids
        time.sleep(0.05)


# `own_redis` only for its skipping where there is none.
@pytest.mark.usefixtures("own_redis")
@pytest.mark.parametrize("name", ("SIGINT", "SIGTERM", "SIGKILL"))
def test_they_end_with_the_command(name: str) -> None:
    with servers("redis") as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["CACHE_URL"]
        assert redis.answers(url)
        started = descendants(process.pid)
        assert len(started) == 2

        os.kill(process.pid, posix(name))

        process.wait(TIMEOUT)
        wait_until_gone(started)
    assert not redis.answers(url)
