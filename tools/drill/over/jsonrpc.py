"""A caller over any transport that carries JSON-RPC 2.0."""

import asyncio
import itertools
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from tools.drill.over.caller import PATIENCE, RefusedError, UnansweredError, UnreachedError


class Session(Protocol):
    """A connection that carries whole messages."""

    async def is_usable(self) -> bool:
        """Return whether the other side has not ended it."""
        ...

    async def send(self, message: bytes) -> None:
        """Send a message; raises `UnansweredError`."""
        ...

    async def receive(self) -> bytes:
        """Return the next message; raises `UnansweredError` at the end."""
        ...

    async def close(self) -> None:
        """Close it."""
        ...


class JsonRpcCaller(ABC):
    """Says who it is where there is a token, then asks one thing after the other."""

    def __init__(self, token: str = "") -> None:
        self._token = token
        self._numbers = itertools.count()
        self._session: Session | None = None

    @abstractmethod
    async def connect(self) -> Session:
        """Return a new connection to this machine; raises `UnreachedError`."""

    async def register(self, notification: Mapping[str, Any], key: str = "") -> str:
        """Register one and return its id, as `Caller` says."""
        if self._session is not None and not await self._session.is_usable():
            await self.close()
        if self._session is None:
            self._session = await self._begun()
        try:
            asked: dict[str, object] = {"notifications": [notification]}
            if key:
                asked["idempotency_key"] = key
            answer = await self._ask(self._session, "notifications.register", asked)
        except UnansweredError:
            await self.close()
            raise
        identity: str = answer["ids"][0]
        return identity

    async def follow(self, opened: Callable[[], None]) -> str:
        """Follow the stream and return why it has ended, as `Caller` says."""
        session = await self._begun()
        try:
            await self._ask(session, "notifications.subscribe", {})
            opened()
            while True:
                told = json.loads(await session.receive())["params"]
                if told["event"] == "closed":
                    return str(told["reason"])
        except (ValueError, UnansweredError):
            return "cut"
        finally:
            await session.close()

    async def close(self) -> None:
        """Close the connection."""
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def _begun(self) -> Session:
        session = await self.connect()
        if self._token:
            try:
                await self._ask(session, "session.authenticate", {"token": self._token})
            except UnansweredError as error:
                await session.close()
                raise UnreachedError("nobody asks who we are") from error
        return session

    async def _ask(self, session: Session, method: str, params: Mapping[str, Any]) -> Any:
        number = next(self._numbers)
        asked = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        try:
            async with asyncio.timeout(PATIENCE):
                await session.send(json.dumps(asked).encode())
                answer = json.loads(await session.receive())
        except TimeoutError as error:
            raise UnansweredError("TimeoutError") from error
        if "error" in answer:
            raise RefusedError(answer["error"].get("data", {}).get("kind", "error"))
        return answer["result"]
