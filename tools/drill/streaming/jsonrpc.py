"""A stream over any transport that carries JSON-RPC 2.0."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from tools.drill.over.caller import LATER, UnansweredError, UnreachedError
from tools.drill.over.jsonrpc import JsonRpcCaller, Session
from tools.drill.streaming.stream import CLOSED, SILENCE, Item, LostError, Stream


def over_jsonrpc(caller: JsonRpcCaller, aggregate: str, params: Mapping[str, object]) -> Stream:
    """Return what `<aggregate>.subscribe` gives for these parameters, on connections of its own."""

    async def stream(cursor: str) -> AsyncGenerator[Item, None]:
        try:
            session = await caller.connect()
        except UnreachedError as error:
            raise LostError(str(error)) from error
        asked = {**params, "cursor": cursor} if cursor else params
        method = f"{aggregate}.subscribe"
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": asked}
        try:
            await session.send(json.dumps(request).encode())
            answer = await _read(session)
            if "error" in answer:
                if answer["error"].get("data", {}).get("kind") in LATER:
                    raise LostError(answer["error"]["message"])
                raise RuntimeError(f"{method}: {answer['error']}")
            while True:
                told = (await _read(session))["params"]
                if told["event"] == CLOSED:
                    return
                yield Item(told["event"], told["cursor"], told.get("data", {}))
        except (UnansweredError, TimeoutError) as error:
            raise LostError(type(error).__name__) from error
        finally:
            await session.close()

    return stream


async def _read(session: Session) -> dict[str, Any]:
    async with asyncio.timeout(SILENCE):
        told: dict[str, Any] = json.loads(await session.receive())
    return told
