"""A caller over TCP: JSON-RPC 2.0, a message in each line."""

import asyncio
import itertools
import json
from collections.abc import Callable, Mapping
from typing import Any

from tools.drill.over.caller import PATIENCE, RefusedError, UnansweredError, UnreachedError
from tools.drill.over.lines import Pair, connect, unanswered, usable


class TcpCaller:
    """Says who it is where there is a token, then asks one thing after the other."""

    def __init__(self, port: int, token: str = "") -> None:
        self._port = port
        self._token = token
        self._numbers = itertools.count()
        self._pair: Pair | None = None

    async def register(self, notification: Mapping[str, Any]) -> str:
        """Register one and return its id, as `Caller` says."""
        self._pair = await usable(self._pair) or await self._begun()
        try:
            asked = {"notifications": [notification]}
            answer = await self._ask(self._pair, "notifications.register", asked)
        except UnansweredError:
            await self.close()
            raise
        identity: str = answer["ids"][0]
        return identity

    async def follow(self, opened: Callable[[], None]) -> str:
        """Follow the stream and return why it has ended, as `Caller` says."""
        reader, writer = pair = await self._begun()
        try:
            await self._ask(pair, "notifications.subscribe", {})
            opened()
            while line := await reader.readline():
                told = json.loads(line)["params"]
                if told["event"] == "closed":
                    return str(told["reason"])
        except (OSError, ValueError, UnansweredError):
            return "cut"
        finally:
            writer.close()
        return "cut"

    async def close(self) -> None:
        """Close the connection."""
        if self._pair is not None:
            self._pair[1].close()
            self._pair = None

    async def _begun(self) -> Pair:
        pair = await connect(self._port)
        if self._token:
            try:
                await self._ask(pair, "session.authenticate", {"token": self._token})
            except UnansweredError as error:
                raise UnreachedError("nobody asks who we are") from error
        return pair

    async def _ask(self, pair: Pair, method: str, params: Mapping[str, Any]) -> Any:
        reader, writer = pair
        number = next(self._numbers)
        asked = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        try:
            async with asyncio.timeout(PATIENCE):
                writer.write(json.dumps(asked).encode() + b"\n")
                answer = json.loads(await reader.readuntil(b"\n"))
        except (OSError, EOFError) as error:
            raise unanswered(error) from error
        if "error" in answer:
            raise RefusedError(answer["error"].get("data", {}).get("kind", "error"))
        return answer["result"]
