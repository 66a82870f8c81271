"""One stream of a connection, as a transport of asyncio."""

import asyncio
from asyncio import Task
from collections.abc import Callable, Coroutine
from contextlib import suppress

import iroh

from chassis.interfaces.p2p.errors import describe_error

# Bytes that are read at once.
READ = 65_536
# Bytes that are written at once.
WRITE = 65_536


class StreamTransport(asyncio.Transport):
    """Carries the bytes of `protocol`; `ended` is called once nothing of the stream is left.

    The library bounds what the peer has not read. `get_write_buffer_size` counts the data that the
    library has not taken.
    """

    def __init__(
        self,
        stream: iroh.BiStream,
        protocol: asyncio.Protocol,
        address: tuple[str, int],
        ended: Callable[["StreamTransport"], None],
    ) -> None:
        super().__init__({"peername": address})
        self._receiving, self._sending = stream.recv(), stream.send()
        self._protocol = protocol
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        # Bytes that are being written.
        self._in_flight = 0
        self._high, self._low = READ, READ // 4
        self._is_full = False
        self._has_eof = False
        self._is_finished = False
        self._is_closing = False
        self._is_lost = False
        self._may_read = asyncio.Event()
        self._may_read.set()
        self._reading: Task[None] | None = None
        self._writing: Task[None] | None = None
        self._ending: Task[None] | None = None

    def start(self) -> None:
        """Tell the protocol, and begin to read."""
        self._protocol.connection_made(self)
        if not self._is_closing:
            self._reading = self._task(self._read())

    def is_closing(self) -> bool:
        return self._is_closing

    def is_reading(self) -> bool:
        return self._may_read.is_set()

    def pause_reading(self) -> None:
        self._may_read.clear()

    def resume_reading(self) -> None:
        self._may_read.set()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._high = READ if high is None else high
        self._low = self._high // 4 if low is None else low

    def get_write_buffer_size(self) -> int:
        return len(self._buffer) + self._in_flight

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._has_eof or self._is_lost:
            return
        self._buffer += data
        self._write_on()
        if not self._is_full and self.get_write_buffer_size() > self._high:
            self._is_full = True
            self._protocol.pause_writing()

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        if not self._has_eof:
            self._has_eof = True
            self._write_on()

    def close(self) -> None:
        """Send the rest, and end once the peer has received it."""
        if self._is_closing:
            return
        self._is_closing = True
        if self._is_finished:
            self._lose(None)
        else:
            self.write_eof()

    def abort(self) -> None:
        """End at once."""
        self._lose(None)

    async def _read(self) -> None:
        try:
            while True:
                await self._may_read.wait()
                data = await self._receiving.read(READ)
                if not data:
                    break
                self._protocol.data_received(data)
        except iroh.IrohError as error:
            self._lose(ConnectionError(describe_error(error)))
            return
        if not self._protocol.eof_received():
            self.close()

    def _write_on(self) -> None:
        if self._writing is None:
            task = self._task(self._write())
            if not task.done():
                self._writing = task

    async def _write(self) -> None:
        sending, buffer = self._sending, self._buffer
        try:
            while buffer:
                part = bytes(buffer[:WRITE])
                del buffer[:WRITE]
                self._in_flight = len(part)
                await sending.write_all(part)
                self._in_flight = 0
                if self._is_full and len(buffer) <= self._low:
                    self._is_full = False
                    self._protocol.resume_writing()
            if self._has_eof:
                await sending.finish()
                # Until the peer has all: closing the connection would lose the last bytes.
                await sending.stopped()
                self._is_finished = True
                if self._is_closing:
                    self._lose(None)
        except iroh.IrohError as error:
            self._lose(ConnectionError(describe_error(error)))
        finally:
            self._in_flight = 0
            self._writing = None

    def _lose(self, error: Exception | None) -> None:
        if self._is_lost:
            return
        self._is_lost = self._is_closing = True
        self._buffer.clear()
        self._loop.call_soon(self._protocol.connection_lost, error)
        self._ending = self._loop.create_task(self._end(), name="p2p stream")

    async def _end(self) -> None:
        """Release both directions, so that the peer may open another stream instead."""
        running = [task for task in (self._reading, self._writing) if task is not None]
        for task in running:
            # The library lets a running call finish before the ones below.
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        with suppress(iroh.IrohError):
            await self._receiving.stop(0)
        if not self._is_finished:
            with suppress(iroh.IrohError):
                await self._sending.reset(0)
        self._ended(self)

    def _task(self, work: Coroutine[None, None, None]) -> Task[None]:
        # A task that the loop would start later costs another turn of the loop.
        task = Task(work, loop=self._loop, name="p2p stream", eager_start=True)
        task.add_done_callback(self._check)
        return task

    def _check(self, task: Task[None]) -> None:
        """End the stream of a protocol that has failed, as the transports of asyncio do."""
        if not task.cancelled() and (error := task.exception()) is not None:
            context = {"message": "a protocol has failed", "exception": error, "transport": self}
            self._loop.call_exception_handler(context)
            self._lose(None)
