"""The tcp server as an operator and a client have it: the commands, raw lines, SIGTERM."""

import asyncio
import json
import signal
from pathlib import Path

import pytest

from tests.chassis.certificates import Authority
from tests.e2e.process import all_listed, run, serving

LINE = (
    b'{"jsonrpc":"2.0","id":%d,"method":"notifications.register","params":'
    b'{"notifications":[{"receiver":"ada","action_type":"greeted"}]}}\n'
)


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


async def test_send_speaks_tls(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    files = authority.sign("server")
    settings = {
        "TLS_CERTIFICATE": str(files.certificate),
        "TLS_PRIVATE_KEY": str(files.private_key),
    }
    async with serving(tmp_path, **settings) as process:
        url = f"tcps://127.0.0.1:{process.ports['tcp']}"
        command = ("send", "ada", "greeted", "--via", url)
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
        # Notifications that were stored without an answer would be more than that.
        assert sorted(accepted) == sorted(await all_listed(process.url))
