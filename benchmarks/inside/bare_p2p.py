"""The limit of iroh: a peer that echoes what comes on each stream.

It is what the library's own example does, on the same event loop as the service.
"""

import asyncio
import logging
from contextlib import suppress

import iroh

from benchmarks.inside.ask_peers import ALPN, KEY, bind
from benchmarks.inside.serving import serve

log = logging.getLogger(__name__)

READ = 65_536


async def echo(stream: iroh.BiStream) -> None:
    """Send it back, until the end."""
    receiving, sending = stream.recv(), stream.send()
    with suppress(iroh.IrohError):
        while data := await receiving.read(READ):
            await sending.write_all(data)
        await sending.finish()


class Bare:
    """A peer on any free port."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen, and log where."""
        self._endpoint = await bind(KEY, [ALPN])
        self._begin(self._accept())
        port = int(self._endpoint.bound_sockets()[0].rpartition(":")[2])
        log.info("listening", extra={"server": "p2p", "port": port})

    async def stop(self, grace: float) -> None:
        """Accept no more."""
        await self._endpoint.close()
        await asyncio.gather(*self._tasks)

    def _begin(self, work: "asyncio.Coroutine[object, object, None]") -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self) -> None:
        while (incoming := await self._endpoint.accept_next()) is not None:
            self._begin(self._serve(incoming))

    async def _serve(self, incoming: iroh.Incoming) -> None:
        with suppress(iroh.IrohError):
            connection = await (await incoming.accept()).connect()
            while True:
                self._begin(echo(await connection.accept_bi()))


if __name__ == "__main__":
    serve(Bare)
