"""`send` and `tail` against a running service."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.process import all_listed, run, serving


async def test_send_prints_the_ids(tmp_path: Path) -> None:
    async with serving(tmp_path) as process:
        sent = await asyncio.to_thread(
            run, tmp_path, "send", "ada", "greeted", '{"a": 1}', "--via", process.url
        )
        assert sent.returncode == 0, sent
        assert json.loads(sent.stdout)["ids"] == await all_listed(process.url)


async def test_send_reads_lines_and_a_key_makes_it_safe_to_repeat(tmp_path: Path) -> None:
    lines = "".join(
        json.dumps({"receiver": f"r{n}", "action_type": "greeted"}) + "\n" for n in range(1200)
    )
    async with serving(tmp_path) as process:
        printed = []
        for _ in range(2):
            sent = await asyncio.to_thread(
                run,
                tmp_path,
                *("send", "--lines", "-", "--key", "once", "--via", process.url),
                stdin=lines,
            )
            assert sent.returncode == 0, sent
            printed.append(json.loads(sent.stdout)["ids"])
        assert printed[0] == printed[1]
        assert len(await all_listed(process.url)) == 1200


async def test_send_tells_what_the_service_refuses(tmp_path: Path) -> None:
    async with serving(tmp_path) as process:
        sent = await asyncio.to_thread(
            run, tmp_path, "send", "x" * 65, "greeted", "--via", process.url
        )
        assert sent.returncode == 1
        assert sent.stderr.startswith("error: 422: ")
        assert "receiver" in sent.stderr


@pytest.mark.parametrize("scheme", ("http", "ws"))
async def test_tail_resumes_over_a_restart(tmp_path: Path, scheme: str) -> None:
    # The second service takes the port that the first one had.
    async with serving(tmp_path) as first:
        port = first.url.rpartition(":")[2]
        tail = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app", "tail", "--json", "--limit", "3"),
            *("--receiver", "ada", "--via", f"{scheme}://127.0.0.1:{port}"),
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
        )
        assert tail.stdout is not None
        opened = json.loads(await asyncio.wait_for(tail.stdout.readline(), 20))
        assert opened["event"] == "heartbeat"
        ids = [await _send(tmp_path, first.url, "ada")]
        assert json.loads(await tail.stdout.readline())["data"]["id"] == ids[0]
    async with serving(tmp_path, HTTP_PORT=port) as second:
        await _send(tmp_path, second.url, "bob")
        ids += [await _send(tmp_path, second.url, "ada") for _ in range(2)]
        rest = await asyncio.wait_for(tail.stdout.read(), 20)
        assert await tail.wait() == 0
    items: list[dict[str, Any]] = [json.loads(line) for line in rest.splitlines()]
    assert [i["data"]["id"] for i in items if i["event"] == "notification"] == ids[1:]
    assert "reset" not in {item["event"] for item in items}


async def _send(folder: Path, url: str, receiver: str) -> str:
    sent = await asyncio.to_thread(run, folder, "send", receiver, "greeted", "--via", url)
    [identity] = json.loads(sent.stdout)["ids"]
    assert isinstance(identity, str)
    return identity
