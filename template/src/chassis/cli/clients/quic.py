"""The client for quic: JSON-RPC on a stream, one message a line."""

import asyncio
import socket
import ssl

from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificates

from chassis.bootstrap import self_signed
from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.servers.quic import QuicSettings
from chassis.cli.credentials import Credentials
from chassis.cli.jsonrpc_client import JsonRpcClient, place_of
from chassis.cli.quic_connection import QuicStream
from chassis.cli.remote import Remote
from chassis.interfaces.quic.certificate import ALPN

PORT = 4433


class QuicClient(JsonRpcClient):
    """Talks to the service at `url`; each session has a connection of its own.

    It trusts the certificate of `QUIC_FINGERPRINT` alone, if that is set. Otherwise it trusts the
    system's authorities, or those in `SSL_CERT_FILE`, and the certificate that this project made.
    """

    def __init__(self, url: str, credentials: Credentials, remote: Remote) -> None:
        super().__init__(url, credentials, remote)
        self._host, self._port = place_of(url, "quic", PORT)
        settings = Configuration.read().of(QuicSettings)
        self._fingerprint = settings.quic_fingerprint.replace(":", "").lower()

    async def connect(self) -> "_Connection":
        """Return a new connection; raises `OSError`."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_DGRAM)
        family, _, _, _, address = found[0]
        host, port = str(address[0]), self._port
        quic = QuicConnection(configuration=self._configuration())
        # With a remote address the system tells if no program listens there.
        _, stream = await loop.create_datagram_endpoint(
            lambda: QuicStream(quic, self._fingerprint), family=family, remote_addr=(host, port)
        )
        try:
            await stream.connected(address)
        except BaseException:
            stream.end()
            raise
        return _Connection(stream)

    def _configuration(self) -> QuicConfiguration:
        configuration = QuicConfiguration(alpn_protocols=[ALPN], server_name=self._host)
        if self._fingerprint:
            configuration.verify_mode = ssl.CERT_NONE
        else:
            paths = ssl.get_default_verify_paths()
            configuration.load_verify_locations(paths.cafile, paths.capath, _own_certificate())
        key, certificate = self._credentials.pem()
        if key is not None and certificate is not None:
            first, *chain = load_pem_x509_certificates(certificate)
            configuration.certificate, configuration.certificate_chain = first, chain
            configuration.private_key = load_pem_private_key(key, None)
        return configuration


class _Connection:
    def __init__(self, stream: QuicStream) -> None:
        self._stream = stream

    async def send(self, message: bytes) -> None:
        """Send a message; raises `OSError`."""
        self._stream.send(message)

    async def receive(self) -> bytes:
        """Return the next message; raises `OSError`, also at the end of the connection."""
        return await self._stream.receive()

    async def close(self) -> None:
        """Close it."""
        self._stream.end()


def _own_certificate() -> bytes | None:
    try:
        return self_signed.path_of("quic").read_bytes()
    except OSError:
        return None


# The client that `open_client` returns.
CLIENT = QuicClient
