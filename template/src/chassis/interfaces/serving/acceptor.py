"""Accepts connections, and bounds the number of running TLS handshakes."""

import asyncio
import logging
import socket
import ssl
from asyncio import Task
from collections.abc import Callable
from contextlib import suppress

from chassis.interfaces.serving.admission import Admission
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.listener import take_waiting
from chassis.interfaces.serving.meter import Reason

log = logging.getLogger(__name__)

# Connections that are accepted in one turn of the loop.
AT_ONCE = 64
# Seconds until the next attempt if the system has no free file for a connection.
PAUSE = 1.0


class Acceptor:
    """Serves accepted connections of `listening` with `protocol`, over TLS if there is a `context`.

    Running TLS handshakes are not yet connections, but cost memory: the limits of connections apply
    to them, too, also that of one address. `refused` gets the reason why one was closed.
    """

    def __init__(
        self,
        listening: socket.socket,
        protocol: Callable[[], asyncio.BaseProtocol],
        limits: Limits,
        context: ssl.SSLContext | None,
        refused: Callable[[Reason], None],
    ) -> None:
        self._listening = listening
        self._protocol = protocol
        self._limits = limits
        self._context = context
        self._refused = refused
        self._loop = asyncio.get_running_loop()
        self._server: asyncio.Server | None = None
        self._handshakes = Admission(limits)
        self._greeting: set[Task[None]] = set()
        self._pause: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Accept from now on."""
        if self._context is None:
            self._server = await self._loop.create_server(
                self._protocol, sock=self._listening, backlog=self._limits.backlog
            )
        else:
            self._listening.setblocking(False)
            self._resume()

    async def close(self, timeout: float) -> None:
        """Accept no more; connections that are already made are served, if that is soon.

        Handshakes have `timeout` seconds to end.
        """
        # Without an `await` in between: a client that connects after this is refused, and tries
        # another replica.
        waiting = take_waiting(self._listening)
        if self._server is not None:
            self._server.close()
        elif self._pause is not None:
            self._pause.cancel()
        else:
            self._loop.remove_reader(self._listening)
        self._listening.close()
        for connection in waiting:
            if self._context is not None:
                self._greet(connection)
                continue
            with suppress(OSError):
                await self._loop.connect_accepted_socket(self._protocol, connection)
        if self._greeting:
            await asyncio.wait(self._greeting, timeout=timeout)
            for task in self._greeting:
                task.cancel()

    def _resume(self) -> None:
        self._pause = None
        self._loop.add_reader(self._listening, self._accept)

    def _accept(self) -> None:
        for _ in range(AT_ONCE):
            try:
                connection, _ = self._listening.accept()
            except BlockingIOError:
                return
            except ConnectionAbortedError:
                continue
            except OSError as error:
                log.warning("no connection can be accepted", extra={"reason": error.strerror})
                self._loop.remove_reader(self._listening)
                self._pause = self._loop.call_later(PAUSE, self._resume)
                return
            self._greet(connection)

    def _greet(self, connection: socket.socket) -> None:
        address = _address(connection)
        over = self._handshakes.enter(address)
        if over is None:
            task = self._loop.create_task(self._shake_hands(connection, address))
            self._greeting.add(task)
            task.add_done_callback(self._greeting.discard)
        else:
            self._handshakes.leave(address)
            connection.close()
            self._refused(over)

    async def _shake_hands(self, connection: socket.socket, address: str) -> None:
        try:
            await self._loop.connect_accepted_socket(
                self._protocol,
                connection,
                ssl=self._context,
                ssl_handshake_timeout=self._limits.handshake_timeout,
            )
        except ConnectionResetError:
            # It has left, as a client does that only checks whether the port is open.
            return
        except OSError:
            # It was no TLS, had no required certificate, or took too long.
            self._refused("handshake")
        finally:
            self._handshakes.leave(address)


def _address(connection: socket.socket) -> str:
    try:
        peer = connection.getpeername()
    except OSError:
        # It was closed before it could be asked.
        return ""
    return str(peer[0])
