"""The limit of aioquic: `bare_quic streams|events` echoes what comes on each stream.

It runs on the same event loop as the service. `streams` follows the library's own server, with a
reader and a writer for each stream. `events` sends back each event's bytes at once.
"""

import asyncio
import logging
import sys
from functools import partial
from typing import Any

from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.asyncio.server import QuicServer
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import QuicEvent, StreamDataReceived

from benchmarks.inside.ask_quic import ALPN, READ
from benchmarks.inside.certificate import certificate
from benchmarks.inside.serving import serve

log = logging.getLogger(__name__)


class ByEvents(QuicConnectionProtocol):
    """Sends back what comes."""

    def quic_event_received(self, event: QuicEvent) -> None:
        """Send it back, until the end."""
        if isinstance(event, StreamDataReceived):
            self._quic.send_stream_data(event.stream_id, event.data, event.end_stream)


class Bare:
    """A server on any free port."""

    def __init__(self, way: str) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        stream_handler: Any = self._begin
        ways = {
            "streams": {"stream_handler": stream_handler},
            "events": {"create_protocol": ByEvents},
        }
        self._more: dict[str, Any] = ways[way]

    async def start(self) -> None:
        """Listen, and log where."""
        configuration = QuicConfiguration(is_client=False, alpn_protocols=[ALPN])
        configuration.load_cert_chain(certificate(), certificate())
        transport, self._server = await asyncio.get_running_loop().create_datagram_endpoint(
            partial(QuicServer, configuration=configuration, **self._more),
            local_addr=("127.0.0.1", 0),
        )
        port = transport.get_extra_info("sockname")[1]
        log.info("listening", extra={"server": "quic", "port": port})

    async def stop(self, grace: float) -> None:
        """Accept no more."""
        self._server.close()

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(_echo(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(READ):
        writer.write(data)
    writer.write_eof()


if __name__ == "__main__":
    serve(partial(Bare, sys.argv[1]))
