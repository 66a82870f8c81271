"""The good callers of the drill: they know their own answer from another's."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tools.drill.smuggling.good import ANOTHER, OWN, Good

# The service's answer to the request of a caller, or something else.
Answer = Callable[[str, dict[str, Any]], tuple[int, str, dict[str, Any]]]


def honest(name: str, stored: dict[str, Any]) -> tuple[int, str, dict[str, Any]]:
    if stored:
        return 200, name, stored
    return 202, name, {"id": "1"}


def of_another_request(name: str, stored: dict[str, Any]) -> tuple[int, str, dict[str, Any]]:
    status, _, body = honest(name, stored)
    return status, "another", body


def of_another_path(name: str, stored: dict[str, Any]) -> tuple[int, str, dict[str, Any]]:
    return 404, name, {"title": "Not Found"}


def of_another_receiver(name: str, stored: dict[str, Any]) -> tuple[int, str, dict[str, Any]]:
    return honest(name, {**stored, "receiver": "bob"} if stored else {})


async def asked(answer: Answer) -> Counter[str]:
    """Return what a caller has seen that asks twice, and is answered so."""
    stored: dict[str, Any] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            lines = dict(line.split(": ", 1) for line in head.splitlines()[1:] if line)
            body = await reader.readexactly(int(lines["content-length"]))
            status, name, told = answer(lines["x-request-id"], stored)
            if body:
                stored.update(json.loads(body))
            text = json.dumps(told)
            start = f"HTTP/1.1 {status} x\r\nx-request-id: {name}\r\n"
            writer.write(f"{start}content-length: {len(text)}\r\n\r\n{text}".encode())
        writer.close()

    seen: Counter[str] = Counter()
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        good = Good(server.sockets[0].getsockname()[1], "token", "alice", seen)
        await good.ask()
        await good.ask()
        await good.close()
    return seen


def test_own_answers_are_known() -> None:
    assert asyncio.run(asked(honest)) == {OWN: 2}


@pytest.mark.parametrize("answer", [of_another_request, of_another_path])
def test_answers_to_another_request_are_known(answer: Answer) -> None:
    assert asyncio.run(asked(answer)) == {ANOTHER: 2}


def test_another_receiver_is_known() -> None:
    assert asyncio.run(asked(of_another_receiver)) == {OWN: 1, ANOTHER: 1}
