"""The tcp server as an operator and a client have it: the commands, raw lines, SIGTERM."""

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import Authority
from tests.e2e.process import Process, all_listed, run, serving

LINE = (
    b'{"jsonrpc":"2.0","id":%d,"method":"notifications.register","params":'
    b'{"notifications":[{"receiver":"ada","action_type":"greeted"}]}}\n'
)


def url_of(process: Process, scheme: str = "tcp") -> str:
    return f"{scheme}://127.0.0.1:{process.ports['tcp']}"


async def test_send_registers_and_a_key_makes_it_safe_to_repeat(tmp_path: Path) -> None:
    lines = "".join(
        json.dumps({"receiver": f"r{n}", "action_type": "greeted"}) + "\n" for n in range(1200)
    )
    async with serving(tmp_path) as process:
        printed = []
        for _ in range(2):
            sent = await asyncio.to_thread(
                run,
                tmp_path,
                *("send", "--lines", "-", "--key", "once", "--via", url_of(process)),
                stdin=lines,
            )
            assert sent.returncode == 0, sent
            printed.append(json.loads(sent.stdout)["ids"])
        assert printed[0] == printed[1]
        assert len(await all_listed(process.url)) == 1200


async def test_send_tells_what_the_service_refuses(tmp_path: Path) -> None:
    async with serving(tmp_path) as process:
        sent = await asyncio.to_thread(
            run, tmp_path, "send", "x" * 65, "greeted", "--via", url_of(process)
        )
    assert sent.returncode == 1
    assert sent.stderr.startswith("error: -32602: notifications[0].receiver")


@pytest.mark.parametrize(
    ("url", "code", "said"),
    (
        ("tcp://127.0.0.1:1", 1, "tcp://127.0.0.1:1 does not answer"),
        ("tcp://127.0.0.1:port", 2, "is no URL such as tcp://127.0.0.1:7000"),
    ),
)
def test_send_tells_where_nobody_is(tmp_path: Path, url: str, code: int, said: str) -> None:
    sent = run(tmp_path, "send", "ada", "greeted", "--via", url)
    assert sent.returncode == code, sent
    assert said in sent.stderr
    assert sent.stderr.count("\n") == 1


async def test_tail_resumes_over_a_restart(tmp_path: Path) -> None:
    # The second service takes the port that the first one had.
    async with serving(tmp_path) as first:
        port = str(first.ports["tcp"])
        tail = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app", "tail", "--json", "--limit", "3"),
            *("--receiver", "ada", "--via", url_of(first)),
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
        )
        assert tail.stdout is not None
        opened = json.loads(await asyncio.wait_for(tail.stdout.readline(), 20))
        assert opened["event"] == "heartbeat"
        ids = [await _send(tmp_path, first, "ada")]
        assert (await _notified(tail.stdout))["id"] == ids[0]
    async with serving(tmp_path, TCP_PORT=port) as second:
        await _send(tmp_path, second, "bob")
        ids += [await _send(tmp_path, second, "ada") for _ in range(2)]
        rest = await asyncio.wait_for(tail.stdout.read(), 20)
        assert await tail.wait() == 0
    items: list[dict[str, Any]] = [json.loads(line) for line in rest.splitlines()]
    assert [i["data"]["id"] for i in items if i["event"] == "notification"] == ids[1:]
    assert "reset" not in {item["event"] for item in items}
    assert ("closed", "draining") in {(item["event"], item["reason"]) for item in items}


async def test_send_speaks_tls(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    files = authority.sign("server")
    settings = {
        "TLS_CERTIFICATE": str(files.certificate),
        "TLS_PRIVATE_KEY": str(files.private_key),
    }
    async with serving(tmp_path, **settings) as process:
        command = ("send", "ada", "greeted", "--via", url_of(process, "tcps"))
        doubtful = await asyncio.to_thread(run, tmp_path, *command)
        sent = await asyncio.to_thread(run, tmp_path, *command, SSL_CERT_FILE=str(authority.file))
        assert doubtful.returncode == 1
        assert "certificate verify failed" in doubtful.stderr
        assert sent.returncode == 0, sent
        plain, writer = await asyncio.open_connection("127.0.0.1", process.ports["tcp"])
        writer.write(LINE % 1)
        assert b"jsonrpc" not in await plain.read()
        writer.close()


async def test_a_drain_under_load_answers_all_that_it_accepted(tmp_path: Path) -> None:
    accepted: list[str] = []
    kinds: set[str] = set()

    async def caller(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        number = 0
        try:
            while True:
                writer.writelines(LINE % (number + each) for each in range(10))
                number += 10
                for _ in range(10):
                    line = await reader.readline()
                    if not line:
                        return
                    answer = json.loads(line)
                    if "result" in answer:
                        accepted.extend(answer["result"]["ids"])
                    else:
                        kinds.add(answer["error"]["data"]["kind"])
        except ConnectionError:
            return
        finally:
            writer.close()

    async with serving(tmp_path) as process:
        calling = [asyncio.create_task(caller(process.ports["tcp"])) for _ in range(8)]
        while len(accepted) < 200:
            await asyncio.sleep(0.01)
        process.signal(signal.SIGTERM)
        await asyncio.gather(*calling)
        assert await process.ended() == 0
        assert not any(line.get("level") == "error" for line in process.logs)
    assert kinds <= {"busy"}
    async with serving(tmp_path) as process:
        # What was stored without an answer would be more than that.
        assert sorted(accepted) == sorted(await all_listed(process.url))


async def _notified(lines: asyncio.StreamReader) -> dict[str, Any]:
    """Return the next notification, passing over heartbeats."""
    data = None
    while data is None:
        data = json.loads(await asyncio.wait_for(lines.readline(), 20))["data"]
    assert isinstance(data, dict)
    return data


async def _send(folder: Path, process: Process, receiver: str) -> str:
    sent = await asyncio.to_thread(
        run, folder, "send", receiver, "greeted", "--via", url_of(process)
    )
    [identity] = json.loads(sent.stdout)["ids"]
    assert isinstance(identity, str)
    return identity
