"""The end of a connection whose client may still be sending."""

import asyncio
from typing import Any

# Seconds for the client to read the answers.
LINGER = 1.0


class LingeringTransport(asyncio.Transport):
    """Its `close` ends the sending; what still comes is read for `LINGER` seconds.

    A socket that is closed at once answers further data with a reset, which can overtake the
    answers (RFC 9112, 9.6). TLS has no half-closed connections, so it is closed at once.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._is_closing = False

    def write(self, data: Any) -> None:
        self._transport.write(data)

    def is_closing(self) -> bool:
        return self._is_closing or self._transport.is_closing()

    def close(self) -> None:
        if self.is_closing():
            return
        self._is_closing = True
        if self._transport.can_write_eof():
            self._transport.write_eof()
            self._loop.call_later(LINGER, self._transport.close)
        else:
            self._transport.close()
