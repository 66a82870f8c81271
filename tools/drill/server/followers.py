"""Followers of a stream through nginx, one for each protocol: they resume with their cursor."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

import grpc
import grpc.aio
import httpx
import websockets

from tools.drill.over.grpc import SERVICE
from tools.drill.server.front import Front

RETRY = 0.2


class Item(NamedTuple):
    """A piece of a stream: an event with its id, or a heartbeat."""

    cursor: str
    identity: str = ""


class Follower(ABC):
    """Follows one stream and counts its items. `receiver` is whose items it follows, if not all."""

    def __init__(self, front: Front, token: str, receiver: str = "") -> None:
        self.seen: Counter[str] = Counter()
        self.heartbeats = 0
        self.cuts: list[str] = []
        self._front = front
        self._token = token
        self._receiver = receiver
        self._cursor = ""
        self._opened = asyncio.Event()

    @abstractmethod
    def items(self, cursor: str) -> AsyncIterator[Item]:
        """Yield the items after the cursor, or from now on. The first one shows that it is open."""

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Follow for as long as the block lasts; it begins once the stream is open."""
        task = asyncio.create_task(self._follow())
        try:
            async with asyncio.timeout(60):
                await self._opened.wait()
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def saw(self, ids: Collection[str], patience: float = 60) -> bool:
        """Wait until all `ids` have come; return false after `patience` seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while not set(ids) <= self.seen.keys():
                    await asyncio.sleep(0.1)
        return set(ids) <= self.seen.keys()

    async def _follow(self) -> None:
        while True:
            try:
                async for item in self.items(self._cursor):
                    self._opened.set()
                    self._take(item)
                self.cuts.append("ended")
            except (
                OSError,
                httpx.HTTPError,
                grpc.aio.AioRpcError,
                websockets.WebSocketException,
            ) as error:
                self.cuts.append(f"{type(error).__name__}: {error}"[:200])
            await asyncio.sleep(RETRY)

    def _take(self, item: Item) -> None:
        self._cursor = item.cursor
        if item.identity:
            self.seen[item.identity] += 1
        else:
            self.heartbeats += 1


class EventSource(Follower):
    """Server-sent events from `event.api`."""

    async def items(self, cursor: str) -> AsyncIterator[Item]:
        """Yield the items, as `Follower` says."""
        name = f"event.api.{self._front.domain}"
        headers = {"host": name, "authorization": f"Bearer {self._token}"}
        if cursor:
            headers["last-event-id"] = cursor
        url = f"https://127.0.0.1:{self._front.ports[443]}/stream"
        params = {"receiver": self._receiver} if self._receiver else {}
        async with (
            httpx.AsyncClient(verify=self._front.context, timeout=60) as client,
            client.stream(
                "GET", url, params=params, headers=headers, extensions={"sni_hostname": name}
            ) as answer,
        ):
            answer.raise_for_status()
            block: dict[str, str] = {}
            async for line in answer.aiter_lines():
                if line:
                    field, _, value = line.partition(": ")
                    block[field] = value
                elif "id" in block and block.get("event") != "closed":
                    data = json.loads(block.get("data", "{}"))
                    yield Item(block["id"], data.get("id", ""))
                    block = {}


class Socket(Follower):
    """A WebSocket from `event.api`."""

    async def items(self, cursor: str) -> AsyncIterator[Item]:
        """Yield the items, as `Follower` says."""
        query = f"?last_event_id={cursor}" if cursor else "?"
        query += f"&receiver={self._receiver}" if self._receiver else ""
        async with websockets.connect(
            f"wss://event.api.{self._front.domain}/stream{query}",
            host="127.0.0.1",
            port=self._front.ports[443],
            ssl=self._front.context,
            additional_headers={"Authorization": f"Bearer {self._token}"},
            proxy=None,
        ) as socket:
            async for frame in socket:
                told = json.loads(frame)
                if told["event"] != "closed":
                    yield Item(told["cursor"], told.get("data", {}).get("id", ""))


class Call(Follower):
    """A call of gRPC's `Subscribe` on `api`. `messages` is the module of its messages."""

    def __init__(self, front: Front, token: str, receiver: str, messages: Any) -> None:
        super().__init__(front, token, receiver)
        self._messages = messages

    async def items(self, cursor: str) -> AsyncIterator[Item]:
        """Yield the items, as `Follower` says."""
        async with channel(self._front) as opened:
            method = opened.unary_stream(
                f"{SERVICE}/Subscribe",
                request_serializer=self._messages.SubscribeRequest.SerializeToString,
                response_deserializer=self._messages.SubscribeResponse.FromString,
            )
            wanted = {"cursor": cursor, "receiver": self._receiver}
            asked = self._messages.SubscribeRequest(**{k: v for k, v in wanted.items() if v})
            metadata = (("authorization", f"Bearer {self._token}"),)
            async for message in method(asked, metadata=metadata):
                if message.event != self._messages.EVENT_CLOSED:
                    yield Item(message.cursor, message.notification.id)


class Session(Follower):
    """A session of JSON-RPC over TCP with TLS."""

    async def items(self, cursor: str) -> AsyncIterator[Item]:
        """Yield the items, as `Follower` says."""
        reader, writer = await asyncio.open_connection(
            "127.0.0.1",
            self._front.ports[7000],
            ssl=self._front.context,
            server_hostname=f"api.{self._front.domain}",
        )
        try:
            wanted = {"cursor": cursor, "receiver": self._receiver}
            params = {name: value for name, value in wanted.items() if value}
            for number, (method, given) in enumerate(
                (
                    ("session.authenticate", {"token": self._token}),
                    ("notifications.subscribe", params),
                )
            ):
                asked = {"jsonrpc": "2.0", "id": number, "method": method, "params": given}
                writer.write(json.dumps(asked).encode() + b"\n")
            async for line in reader:
                told = json.loads(line).get("params", {})
                if "cursor" in told and told["event"] != "closed":
                    yield Item(told["cursor"], told.get("data", {}).get("id", ""))
        finally:
            writer.close()


def channel(front: Front) -> grpc.aio.Channel:
    """Return a channel to `api` through nginx, on a connection of its own."""
    credentials = grpc.ssl_channel_credentials(front.certificate.read_bytes())
    options = (
        ("grpc.ssl_target_name_override", f"api.{front.domain}"),
        ("grpc.use_local_subchannel_pool", 1),
        ("grpc.enable_retries", 0),
    )
    return grpc.aio.secure_channel(f"127.0.0.1:{front.ports[443]}", credentials, options)
