"""`send` and `tail` over gRPC against a running service."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from tests.e2e.process import run, serving


async def send(folder: Path, port: int, receiver: str, *more: str) -> Any:
    via = f"grpc://127.0.0.1:{port}"
    return await asyncio.to_thread(run, folder, "send", receiver, "greeted", *more, "--via", via)


async def test_send_tells_what_the_service_refuses(tmp_path: Path) -> None:
    async with serving(tmp_path) as process:
        sent = await send(tmp_path, process.ports["grpc"], "x" * 65)

    assert sent.returncode == 1
    assert sent.stderr.startswith("error: INVALID_ARGUMENT: notifications[0].receiver")


async def test_tail_resumes_over_a_restart(tmp_path: Path) -> None:
    # The second service takes the port that the first one had.
    ids: list[str] = []
    async with serving(tmp_path) as first:
        port = first.ports["grpc"]
        tail = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app", "tail", "--json", "--limit", "3"),
            *("--receiver", "ada", "--via", f"grpc://127.0.0.1:{port}"),
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
        )
        assert tail.stdout is not None
        opened = json.loads(await asyncio.wait_for(tail.stdout.readline(), 20))
        assert opened["event"] == "heartbeat"
        ids += json.loads((await send(tmp_path, port, "ada", '{"n": 9007199254740993}')).stdout)[
            "ids"
        ]
        arrived = json.loads(await tail.stdout.readline())
        assert arrived["data"]["id"] == ids[0]
        assert arrived["data"]["action_data"] == {"n": 9007199254740993}
    async with serving(tmp_path, GRPC_PORT=str(port)):
        await send(tmp_path, port, "bob")
        for _ in range(2):
            ids += json.loads((await send(tmp_path, port, "ada")).stdout)["ids"]
        rest = await asyncio.wait_for(tail.stdout.read(), 20)
        assert await tail.wait() == 0
    items: list[dict[str, Any]] = [json.loads(line) for line in rest.splitlines()]
    assert [i["data"]["id"] for i in items if i["event"] == "notification"] == ids[1:]
    assert "reset" not in {item["event"] for item in items}
