"""The embedded default on other platforms, as on the page about platforms."""

import signal
from pathlib import Path

import httpx
import pytest

from tests.e2e.events import open_events
from tests.e2e.process import all_listed, serving

ROOT = Path(__file__).parents[4]
GREETING = {"receiver": "ada", "action_type": "greeted"}


@pytest.mark.parametrize("platform", ("darwin", "win32"))
async def test_it_serves_streams_and_drains(tmp_path: Path, platform: str) -> None:
    command = ("tests.chassis.e2e.elsewhere", platform, "serve")
    async with (
        serving(tmp_path, command=command, PYTHONPATH=str(ROOT)) as process,
        httpx.AsyncClient(base_url=process.url) as http,
    ):
        async with open_events(http) as events:
            await anext(events)
            identity = (await http.post("/notifications", json=GREETING)).json()["id"]
            assert identity in (await anext(events))["data"]
        assert await all_listed(process.url) == [identity]
        assert (await http.get(f"{process.ops}/readyz")).status_code == 200
        metrics = (await http.get(f"{process.ops}/metrics")).text
        assert "leader 1.0" in metrics.splitlines()
        process.signal(signal.SIGINT)
        assert await process.ended() == 0
    assert [line["event"] for line in process.logs][-2:] == ["draining", "stopped"]
