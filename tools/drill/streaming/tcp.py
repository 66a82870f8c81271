"""A stream over TCP: JSON-RPC 2.0."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from tools.drill.over.caller import UnreachedError
from tools.drill.over.lines import connect
from tools.drill.streaming.stream import CLOSED, SILENCE, Item, LostError, Stream


def over_tcp(port: int, aggregate: str, params: Mapping[str, object]) -> Stream:
    """Return what `<aggregate>.subscribe` gives for these parameters."""

    async def stream(cursor: str) -> AsyncGenerator[Item, None]:
        try:
            reader, writer = await connect(port)
        except UnreachedError as error:
            raise LostError(str(error)) from error
        asked = {**params, "cursor": cursor} if cursor else params
        method = f"{aggregate}.subscribe"
        try:
            writer.write(_line({"jsonrpc": "2.0", "id": 1, "method": method, "params": asked}))
            answer = await _read(reader)
            if "error" in answer:
                raise RuntimeError(f"{method}: {answer['error']}")
            while True:
                told = (await _read(reader))["params"]
                if told["event"] == CLOSED:
                    return
                yield Item(told["event"], told["cursor"], told.get("data", {}))
        except (OSError, EOFError) as error:
            raise LostError(type(error).__name__) from error
        finally:
            writer.close()

    return stream


async def _read(reader: asyncio.StreamReader) -> dict[str, Any]:
    async with asyncio.timeout(SILENCE):
        told: dict[str, Any] = json.loads(await reader.readuntil(b"\n"))
    return told


def _line(message: object) -> bytes:
    return json.dumps(message).encode() + b"\n"
