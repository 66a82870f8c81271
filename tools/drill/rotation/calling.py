"""Callers with short tokens, who try no failure again."""

import asyncio
import hashlib
import hmac
import itertools
import json
import time
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx

AT_ONCE = 8
# Seconds of a token's life, and of its use.
LIFE = 4
USE = 3.0
# Lists of a burst, at each replica.
BURST = 10
GOOD = {"POST 202", "GET 200"}


class Signer:
    """Signs tokens with its present key, as an issuer does."""

    def __init__(self, key: str) -> None:
        self.key = key

    def token(self, life: float = LIFE) -> str:
        """Return a fresh token for all that the callers do."""
        claims = {
            "sub": "drill",
            "scope": "notifications:write notifications:read",
            "receivers": ["*"],
            "exp": int(time.time() + life) + 1,
        }
        head = f"{_encoded({'alg': 'HS256', 'typ': 'JWT'})}.{_encoded(claims)}"
        digest = hmac.digest(self.key.encode(), head.encode(), hashlib.sha256)
        return f"{head}.{_base64(digest)}"


class Callers:
    """Register and list at each replica without a pause; `answers` counts what came.

    Each keeps a token for as long as it is good, so tokens of an old key are in use after a change.
    """

    def __init__(self, urls: Sequence[str], signer: Signer) -> None:
        self.accepted: list[str] = []
        self.answers: Counter[str] = Counter()
        self._urls = urls
        self._signer = signer
        self._stopped = False

    @property
    def failed(self) -> dict[str, int]:
        """Answers that were not as expected."""
        return {kind: count for kind, count in self.answers.items() if kind not in GOOD}

    @property
    def requests(self) -> int:
        """The requests that have had an answer."""
        return self.answers.total()

    @asynccontextmanager
    async def calling(self) -> AsyncIterator[None]:
        """Call for as long as the block lasts, and wait for the last answers."""
        async with asyncio.TaskGroup() as group, httpx.AsyncClient(timeout=30) as http:
            tasks = [
                group.create_task(self._call(http, self._urls[number % len(self._urls)], number))
                for number in range(AT_ONCE)
            ]
            try:
                yield
            finally:
                self._stopped = True
                await asyncio.wait(tasks)

    async def burst(self) -> None:
        """List many at once at each replica, so that each needs further connections."""
        headers = {"authorization": f"Bearer {self._signer.token()}"}
        async with httpx.AsyncClient(timeout=30) as http, asyncio.TaskGroup() as group:

            async def read(url: str) -> None:
                self._count(await http.get(f"{url}/notifications?size=5&page=1", headers=headers))

            for url in [*self._urls] * BURST:
                group.create_task(read(url))

    async def _call(self, http: httpx.AsyncClient, url: str, caller: int) -> None:
        until, token = 0.0, ""
        for number in itertools.count():
            if self._stopped:
                return
            if time.monotonic() > until:
                until, token = time.monotonic() + USE, self._signer.token()
            headers = {"authorization": f"Bearer {token}"}
            body = {
                "receiver": f"r{caller}",
                "action_type": "drilled",
                "action_data": {"n": number},
            }
            try:
                # One of four reads: a connection of its own.
                if number % 4 == 3:
                    answer = await http.get(f"{url}/notifications?size=5&page=1", headers=headers)
                else:
                    answer = await http.post(f"{url}/notifications", json=body, headers=headers)
            except httpx.TransportError as error:
                self.answers[type(error).__name__] += 1
                continue
            self._count(answer)
            if answer.status_code == 202:
                self.accepted.append(answer.json()["id"])

    def _count(self, answer: httpx.Response) -> None:
        kind = f"{answer.request.method} {answer.status_code}"
        self.answers[kind if kind in GOOD else f"{kind}: {answer.text}"] += 1


def _encoded(value: object) -> str:
    return _base64(json.dumps(value).encode())


def _base64(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()
