"""A caller over HTTP/1.1, whose connection stays open for as long as the service wants it to."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from tools.drill.over.caller import PATIENCE, RefusedError, UnreachedError
from tools.drill.over.lines import Pair, connect, unanswered, usable

END = b"0\r\n\r\n"


class HttpCaller:
    """Posts to `/notifications`, and follows `/stream` as server-sent events."""

    def __init__(self, port: int, token: str = "") -> None:
        self._port = port
        bearer = f"authorization: Bearer {token}\r\n" if token else ""
        self._head = f"host: 127.0.0.1\r\n{bearer}content-type: application/json\r\n"
        self._pair: Pair | None = None

    async def register(self, notification: Mapping[str, Any], key: str = "") -> str:
        """Register one and return its id, as `Caller` says."""
        body = json.dumps(notification)
        keyed = f"idempotency-key: {key}\r\n" if key else ""
        head = (
            f"POST /notifications HTTP/1.1\r\n{self._head}{keyed}"
            f"content-length: {len(body)}\r\n\r\n"
        )
        status, answer = await self._ask((head + body).encode())
        if status != 202:
            raise RefusedError(_kind(status, answer))
        identity: str = json.loads(answer)["id"]
        return identity

    async def follow(self, opened: Callable[[], None]) -> str:
        """Follow the stream and return why it has ended, as `Caller` says."""
        reader, writer = await connect(self._port)
        try:
            writer.write(f"GET /stream HTTP/1.1\r\n{self._head}\r\n".encode())
            status, _ = await _read_head(reader)
            if status != 200:
                raise UnreachedError(f"the stream is not open: {status}")
            opened()
            last = b""
            while part := await reader.read(65_536):
                last = (last + part)[-len(END) :]
        except OSError:
            return "cut"
        finally:
            writer.close()
        return "ended" if last == END else "cut"

    async def close(self) -> None:
        """Close the connection."""
        if self._pair is not None:
            self._pair[1].close()
            self._pair = None

    async def _ask(self, request: bytes) -> tuple[int, bytes]:
        reader, writer = self._pair = await usable(self._pair) or await connect(self._port)
        try:
            async with asyncio.timeout(PATIENCE):
                writer.write(request)
                status, headers = await _read_head(reader)
                answer = await reader.readexactly(int(headers["content-length"]))
        except (OSError, EOFError) as error:
            await self.close()
            raise unanswered(error) from error
        if headers.get("connection") == "close":
            await self.close()
        return status, answer


async def _read_head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.rstrip().split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return int(first.split()[1]), {name.lower(): value.strip() for name, _, value in pairs}


def _kind(status: int, answer: bytes) -> str:
    kind: str = json.loads(answer).get("type", "").rpartition(":")[2]
    return kind or str(status)
