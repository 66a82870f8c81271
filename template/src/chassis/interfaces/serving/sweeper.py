"""Closes the connections of clients that are too slow."""

from collections.abc import Iterable

from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.upstream.protocol import HttpProtocol
from chassis.interfaces.serving.upstream.websocket import WebSocketProtocol

type Connection = HttpProtocol | WebSocketProtocol


class Sweeper:
    """Checks all connections once a second, so that a request costs no timer of its own."""

    def __init__(self, limits: Limits) -> None:
        self._request_timeout = limits.request_timeout
        self._handshake_timeout = limits.handshake_timeout
        # Streams detect it themselves, within twice the time, and report it.
        self._deaf_timeout = 2 * limits.send_timeout
        self._linger = limits.linger
        self._closing: dict[Connection, float] = {}

    def sweep(self, connections: Iterable[Connection], now: float) -> None:
        """Refuse requests that take too long to arrive; cut clients that do not read."""
        closing: dict[Connection, float] = {}
        for connection in connections:
            if connection.transport.is_closing():
                since = self._closing.get(connection, now)
                if now - since >= self._linger:
                    connection.transport.abort()
                else:
                    closing[connection] = since
            elif isinstance(connection, WebSocketProtocol):
                if connection.handshake_for(now) > self._handshake_timeout:
                    connection.time_out()
            elif connection.deaf_for(now) > self._deaf_timeout:
                connection.transport.abort()
            else:
                waiting_since = connection.waiting_since
                # A connection over a limit is only open for that message.
                timeout = self._linger if connection.over else self._request_timeout
                if waiting_since is not None and now - waiting_since > timeout:
                    connection.time_out()
        self._closing = closing
