"""A notification over each transport: `send` registers it, `tail` and a list have it."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from chassis.bootstrap import discovery
from tests.e2e.process import TIMEOUT, run, serving

# Larger than an integer of JavaScript, and not only ASCII.
DATA = '{"n": 9007199254740993, "text": "héllo"}'


@pytest.mark.parametrize("transport", discovery.server_names())
async def test_a_notification_is_registered_and_streamed(tmp_path: Path, transport: str) -> None:
    async with serving(tmp_path) as process:
        via = ("--via", process.urls[transport])
        tail = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app", "tail", "--json", "--limit", "1", *via),
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
        )
        assert tail.stdout is not None
        async with asyncio.timeout(TIMEOUT):
            assert json.loads(await tail.stdout.readline())["event"] == "heartbeat"
            sent = await asyncio.to_thread(run, tmp_path, "send", "ada", "greeted", DATA, *via)
            assert sent.returncode == 0, sent
            rest = await tail.stdout.read()
            assert await tail.wait() == 0
    items: list[dict[str, Any]] = [json.loads(line) for line in rest.splitlines()]
    [told] = [item["data"] for item in items if item["event"] == "notification"]
    assert [told["id"]] == json.loads(sent.stdout)["ids"]
    assert (told["receiver"], told["action_type"]) == ("ada", "greeted")
    assert told["action_data"] == json.loads(DATA)


@pytest.mark.parametrize("transport", discovery.server_names())
async def test_what_is_wrong_in_it_is_told(tmp_path: Path, transport: str) -> None:
    async with serving(tmp_path) as process:
        via = process.urls[transport]
        sent = await asyncio.to_thread(run, tmp_path, "send", "x" * 65, "greeted", "--via", via)

    assert sent.returncode == 1
    assert "receiver" in sent.stderr
    assert sent.stderr.count("\n") == 1
