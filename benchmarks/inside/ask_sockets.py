"""Callers on sockets: `ask_sockets tcp|http PORT SECONDS CONNECTIONS AHEAD`; the last line tells.

Each connection has `AHEAD` requests under way, and asks again for each answer. The transports have
the same callers, so that what these take of the machine is the same for all.
"""

import asyncio
import json
import sys
from collections import deque
from time import perf_counter

from chassis.bootstrap.loop import loop_factory

from benchmarks.inside.asking import ASKED, told

HOST = "127.0.0.1"
# Seconds in which the last answers come.
PATIENCE = 20.0


class Load:
    """The results of all callers together."""

    def __init__(self, end: float) -> None:
        self.end = end
        self.times: list[float] = []
        self.refused = 0


class Caller(asyncio.Protocol):
    """One connection; `done` is set once nothing of it is under way any more."""

    def __init__(self, kind: str, load: Load, ahead: int) -> None:
        self._request, self._read = ASKED[kind]
        self._load = load
        self._ahead = ahead
        self._sent: deque[float] = deque()
        self._rest = b""
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.WriteTransport
        self.done = self._loop.create_future()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # of a stream
        """Ask as often as there may be requests ahead."""
        self._transport = transport
        self._ask(self._ahead)

    def data_received(self, data: bytes) -> None:
        """Note the answers that are whole, and ask again for each, until the end."""
        now, load = perf_counter(), self._load
        good, self._rest = self._read(self._rest + data)
        load.times += [now - self._sent.popleft() for _ in good]
        load.refused += good.count(False)
        if now < load.end:
            self._ask(len(good))
        elif not self._sent:
            self.done.set_result(None)
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell where it was not in time."""
        if not self.done.done():
            self.done.set_exception(ConnectionError(f"{len(self._sent)} were not answered: {exc}"))

    def _ask(self, count: int) -> None:
        self._sent.extend([perf_counter()] * count)
        self._transport.write(self._request * count)


async def main(kind: str, port: int, seconds: float, connections: int, ahead: int) -> None:
    """Ask for so many seconds, and print what came of it."""
    loop = asyncio.get_running_loop()
    began = perf_counter()
    load = Load(began + seconds)
    made = [
        await loop.create_connection(lambda: Caller(kind, load, ahead), HOST, port)
        for _ in range(connections)
    ]
    async with asyncio.timeout(seconds + PATIENCE):
        await asyncio.gather(*(caller.done for _, caller in made))
    print(json.dumps(told(load.times, perf_counter() - began, load.refused)))


if __name__ == "__main__":
    kind, port, seconds, connections, ahead = sys.argv[1:]
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(main(kind, int(port), float(seconds), int(connections), int(ahead)))
