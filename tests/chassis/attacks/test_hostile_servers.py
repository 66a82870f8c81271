"""The command line against an address where something else answers, or nothing."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.e2e.process import run

DEEP = b"[" * 200_000
STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
SEND = ("send", "ada", "greeted")
TAIL = ("tail", "--limit", "1")


def answer(status: str, body: bytes = b"", header: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n{header}\r\n".encode() + body


def result(value: bytes) -> bytes:
    return b'{"jsonrpc":"2.0","id":1,"result":' + value + b"}\n"


HTTP = {
    "no http": b"\xff\xfe\0garbage\r\n\r\n",
    "escapes in a detail": answer("400 x", b'{"detail": "\\u202e\\u001b[2J\\u009b"}'),
    "escapes in a reason": b"HTTP/1.1 400 \x9b2J\r\ncontent-length: 0\r\n\r\n",
    "a detail that is no UTF-8": answer("400 x", b'{"detail": "\xff"}'),
    "a detail that is an object": answer("400 x", b'{"detail": {"a": [1]}}'),
    "a problem that is a list": answer("400 x", b"[]"),
    "a deeply nested problem": answer("400 x", DEEP),
    "a deeply nested answer": answer("202 x", DEEP),
    "an answer without ids": answer("202 x", b"{}"),
    "an empty answer": answer("202 x"),
    "a redirect to a file": answer("302 x", header="location: file:///etc/passwd\r\n"),
    "a redirect to another host": answer("307 x", header="location: http://127.0.0.1:1/\r\n"),
    "a redirect without an end": answer("308 x", header="location: /\r\n"),
    "a broken stream": STREAM + b"id: 1\nevent: notification\ndata: [[[\n\n",
    "an event without data": STREAM + b"id: 1\nevent: notification\n\n",
}
JSON_RPC = {
    "no JSON": b"\xff\xfe\0garbage\n",
    "an answer without ids": result(b"{}"),
    "an answer that is a list": result(b"[]"),
    "a deeply nested answer": result(DEEP),
    "escapes in an error": b'{"id":1,"error":{"code":-1,"message":"\\u001b[2J\\u202e"}}\n',
    "a line without an end": b'{"' + b"a" * 4_000_000,
    "an answer to another": b'{"jsonrpc":"2.0","id":99999999999999999999999,"result":{}}\n',
}
CASES = [
    *(("http", name, data, call) for name, data in HTTP.items() for call in (SEND, TAIL)),
    *(("tcp", name, data, call) for name, data in JSON_RPC.items() for call in (SEND, TAIL)),
]


@asynccontextmanager
async def answering(data: bytes) -> AsyncIterator[int]:
    """Answer each caller with the same bytes, and close."""

    async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.read(65_536)
            writer.write(data)
            await writer.drain()
            writer.close()
            await writer.wait_closed()

    server = await asyncio.start_server(answered, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.attack("hostile answer", "cli")
@pytest.mark.parametrize(
    ("scheme", "data", "call"),
    [
        pytest.param(scheme, data, call, id=f"{scheme}, {call[0]}, {name}")
        for scheme, name, data, call in CASES
    ],
)
async def test_one_line_says_what_is_wrong(
    tmp_path: Path, scheme: str, data: bytes, call: Sequence[str]
) -> None:
    async with asyncio.timeout(30), answering(data) as port:
        ended = await asyncio.to_thread(
            run, tmp_path, *call, "--via", f"{scheme}://127.0.0.1:{port}"
        )
    assert (ended.returncode, ended.stdout) == (1, ""), ended
    assert ended.stderr.startswith("error: ")
    assert ended.stderr.count("\n") == 1
    assert ended.stderr[:-1].isprintable()
    assert "Traceback" not in ended.stderr
    assert "root:" not in ended.stderr


ENDLESS = json.dumps({"detail": "a"})[:-1].encode()


@pytest.mark.attack("answer without an end", "cli")
@pytest.mark.parametrize("call", (SEND, TAIL), ids=("send", "tail"))
async def test_an_answer_without_an_end_is_cut(tmp_path: Path, call: Sequence[str]) -> None:
    data = b"HTTP/1.1 400 x\r\n\r\n" + ENDLESS + b"a" * 2**24
    async with asyncio.timeout(30), answering(data) as port:
        ended = await asyncio.to_thread(run, tmp_path, *call, "--via", f"http://127.0.0.1:{port}")
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: the answer has more than 4,194,304 bytes")
