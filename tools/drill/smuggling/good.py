"""Good callers: each request has a name of its own, and so has its answer."""

import asyncio
import json
from collections import Counter
from typing import NamedTuple

from tools.drill.over.caller import PATIENCE, UnansweredError, UnreachedError
from tools.drill.over.lines import Pair, connect, unanswered, usable

OWN = "its own"
ANOTHER = "another's"
END = b"\r\n\r\n"


class Answer(NamedTuple):
    """The status, the headers by their names in lower case, and the body."""

    status: int
    headers: dict[str, str]
    body: bytes


class Good:
    """Registers a notification, then asks for it, in turn; `seen` counts whose answers it got."""

    def __init__(self, port: int, token: str, name: str, seen: Counter[str]) -> None:
        self._seen = seen
        self._port = port
        self._token = token
        self._name = name
        self._number = 0
        self._pair: Pair | None = None
        # The items that it has registered and not yet read: the id, and the receiver.
        self._registered: tuple[str, str] | None = None

    async def ask(self) -> None:
        """Make one request."""
        if self._registered is not None:
            (identity, receiver), self._registered = self._registered, None
            await self._request("GET", f"/{identity}", 200, "receiver", "", receiver)
            return
        receiver = f"{self._name}-{self._number}"
        body = json.dumps({"receiver": receiver, "action_type": "greeted"})
        answer = await self._request("POST", "", 202, "id", body)
        if answer:
            self._registered = answer["id"], receiver

    async def close(self) -> None:
        """Close the connection."""
        if self._pair is not None:
            self._pair[1].close()
            self._pair = None

    async def _request(
        self, method: str, path: str, status: int, field: str, body: str, value: str = ""
    ) -> dict[str, str]:
        """Return an answer of this status that has this field, of this value if any, or nothing."""
        self._number += 1
        name = f"{self._name}-{self._number}"
        head = (
            f"{method} /notifications{path} HTTP/1.1\r\nhost: 127.0.0.1\r\n"
            f"authorization: Bearer {self._token}\r\nx-request-id: {name}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        try:
            answer = await self._exchange((head + body).encode())
        except (UnansweredError, UnreachedError) as error:
            await self.close()
            self._seen[f"none: {error}"] += 1
            return {}
        if "x-request-id" not in answer.headers:
            self._seen[f"the proxy's, {answer.status}"] += 1
            return {}
        found: dict[str, str] = json.loads(answer.body)
        is_own = answer.headers["x-request-id"] == name and answer.status == status
        is_own = is_own and field in found and value in ("", found[field])
        self._seen[OWN if is_own else ANOTHER] += 1
        return found if is_own else {}

    async def _exchange(self, request: bytes) -> Answer:
        reader, writer = self._pair = await usable(self._pair) or await connect(self._port)
        try:
            async with asyncio.timeout(PATIENCE):
                writer.write(request)
                first, *lines = (await reader.readuntil(END)).decode().rstrip().split("\r\n")
                pairs = (line.partition(":") for line in lines)
                headers = {name.lower(): value.strip() for name, _, value in pairs}
                body = await reader.readexactly(int(headers["content-length"]))
        except (OSError, EOFError) as error:
            raise unanswered(error) from error
        if headers.get("connection") == "close":
            await self.close()
        return Answer(int(first.split()[1]), headers, body)
