"""Callers through nginx that repeat no request, and the answers that they got."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc
import grpc.aio
import httpx

from tools.drill.over.grpc import SERVICE
from tools.drill.server.followers import channel
from tools.drill.server.front import Front

AT_ONCE = 4
PATIENCE = 60
# Seconds between two requests of one caller: the machine has other work, too.
PAUSE = 0.02


class Load:
    """Registers over https and gRPC, and lists over https; `answers` counts what came."""

    def __init__(self, front: Front, token: str, messages: Any) -> None:
        self.accepted: list[str] = []
        self.answers: Counter[tuple[str, object]] = Counter()
        self._front = front
        self._token = token
        self._messages = messages
        self._stopped = False

    @property
    def failed(self) -> dict[tuple[str, object], int]:
        """Answers that were not as expected."""
        good = {("https POST", 202), ("https GET", 200), ("gRPC Register", "OK")}
        return {kind: count for kind, count in self.answers.items() if kind not in good}

    @asynccontextmanager
    async def calling(self) -> AsyncIterator[None]:
        """Call for as long as the block lasts, and wait for the last answers."""
        name = f"api.{self._front.domain}"
        async with (
            httpx.AsyncClient(
                base_url=f"https://127.0.0.1:{self._front.ports[443]}",
                headers={"host": name, "authorization": f"Bearer {self._token}"},
                verify=self._front.context,
                timeout=PATIENCE,
            ) as client,
            channel(self._front) as opened,
            asyncio.TaskGroup() as group,
        ):
            for number in range(AT_ONCE):
                group.create_task(self._repeat(lambda: self._post(client, name)))
                group.create_task(self._repeat(lambda: self._register(opened)))
                if number == 0:
                    group.create_task(self._repeat(lambda: self._get(client, name)))
            try:
                yield
            finally:
                self._stopped = True

    async def _repeat(self, call: Callable[[], Awaitable[None]]) -> None:
        while not self._stopped:
            await call()
            await asyncio.sleep(PAUSE)

    async def _post(self, client: httpx.AsyncClient, name: str) -> None:
        body = {"receiver": "alice", "action_type": "drilled", "action_data": {"n": 1}}
        try:
            answer = await client.post(
                "/notifications", json=body, extensions={"sni_hostname": name}
            )
        except httpx.HTTPError as error:
            self.answers["https POST", type(error).__name__] += 1
            return
        self.answers["https POST", answer.status_code] += 1
        if answer.status_code == httpx.codes.ACCEPTED:
            self.accepted.append(answer.json()["id"])

    async def _get(self, client: httpx.AsyncClient, name: str) -> None:
        path = "/notifications?page=1&size=10"
        try:
            answer = await client.get(path, extensions={"sni_hostname": name})
        except httpx.HTTPError as error:
            self.answers["https GET", type(error).__name__] += 1
        else:
            self.answers["https GET", answer.status_code] += 1

    async def _register(self, opened: grpc.aio.Channel) -> None:
        told = {"receiver": "alice", "action_type": "drilled", "action_data": json.dumps({"n": 2})}
        asked = self._messages.RegisterRequest(
            notifications=[self._messages.NewNotification(**told)]
        )
        method = opened.unary_unary(
            f"{SERVICE}/Register",
            request_serializer=self._messages.RegisterRequest.SerializeToString,
            response_deserializer=self._messages.RegisterResponse.FromString,
        )
        metadata = (("authorization", f"Bearer {self._token}"),)
        try:
            answer = await method(asked, timeout=PATIENCE, metadata=metadata)
        except grpc.aio.AioRpcError as error:
            self.answers["gRPC Register", f"{error.code().name}: {error.details()}"] += 1
            return
        self.answers["gRPC Register", "OK"] += 1
        self.accepted.extend(answer.ids)
