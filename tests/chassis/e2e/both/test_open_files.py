"""How many files a running service may have open."""

import sys
from pathlib import Path

import httpx
import pytest

from chassis.bootstrap.open_files import MOST
from tests.chassis.few_files import few_files
from tests.e2e.process import run, serving

pytestmark = pytest.mark.attack("few descriptors", "server")

FEW = 1000


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process tells less of itself")
async def test_the_service_may_open_as_many_as_the_system_allows(tmp_path: Path) -> None:
    with few_files(FEW) as most:
        async with serving(tmp_path) as process, httpx.AsyncClient(base_url=process.ops) as ops:
            lines = (await ops.get("/metrics")).text.splitlines()

    [told] = (float(line.split()[1]) for line in lines if line.startswith("process_max_fds "))
    assert told > FEW
    if 0 <= most <= MOST:
        assert told == most


async def test_connections_that_do_not_fit_are_told_of(tmp_path: Path) -> None:
    # More than any process may have open.
    settings = {"MAX_CONNECTIONS": "2000000"}
    async with serving(tmp_path, **settings) as process:
        [warned] = (line for line in process.logs if line["event"] == "few connections")
    looked = run(tmp_path, "doctor", **settings)

    assert "set MAX_CONNECTIONS to " in warned["advice"]
    assert "set MAX_CONNECTIONS to " in looked.stdout
