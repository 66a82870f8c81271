"""The client for webrtc and webrtcs: JSON-RPC over a data channel that an offer opens."""

import asyncio
import socket

import httpx

from chassis.cli.clients import RequestRefused
from chassis.cli.credentials import Credentials
from chassis.cli.http_answers import check, read
from chassis.cli.jsonrpc_client import JsonRpcClient, place_of
from chassis.cli.remote import Remote
from chassis.interfaces.webrtc.caller import CallerPeer

PORT = 8089
SDP = {"content-type": "application/sdp"}


class WebRtcClient(JsonRpcClient):
    """Talks to the service at `url`; a stream has a connection of its own."""

    def __init__(self, url: str, credentials: Credentials, remote: Remote) -> None:
        super().__init__(url, credentials, remote)
        self._host, self._port = place_of(url, "webrtc", PORT)
        is_secure = url.startswith("webrtcs://")
        host = f"[{self._host}]" if ":" in self._host else self._host
        self._base = f"{'https' if is_secure else 'http'}://{host}:{self._port}"
        self._context = credentials.context() if is_secure else None

    async def connect(self) -> "_Connection":
        """Return a new connection; raises `OSError`."""
        peer = CallerPeer(await _own_address(self._host, self._port))
        try:
            await peer.connect(await self._signal(await peer.offer()))
        except BaseException:
            await peer.close()
            raise
        return _Connection(peer)

    async def _signal(self, offer: str) -> str:
        # Plain text needs no verification, and the system's certificates take long to load.
        verify = self._context or False
        try:
            async with httpx.AsyncClient(base_url=self._base, verify=verify) as client:
                headers = SDP | self._credentials.headers()
                asking = client.stream("POST", "/sessions", content=offer, headers=headers)
                async with asking as answer:
                    body = await read(answer)
        except httpx.HTTPError as error:
            raise ConnectionError(str(error) or type(error).__name__) from error
        check(answer, body)
        return body.decode(errors="replace")


class _Connection:
    def __init__(self, peer: CallerPeer) -> None:
        self._peer = peer
        self.receive = peer.receive
        self.close = peer.close

    async def send(self, message: bytes) -> None:
        """Send a message; raises `OSError`, or `RequestRefused` if it is too large."""
        largest = self._peer.largest
        if largest and len(message) > largest:
            raise RequestRefused(
                f"the message has {len(message)} bytes, and the service takes at most {largest}: "
                "send less at once"
            )
        await self._peer.send(message)


async def _own_address(host: str, port: int) -> str:
    """Return the address of this machine that reaches the service; raises `OSError`."""
    loop = asyncio.get_running_loop()
    [(family, kind, _, _, address), *_] = await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    with socket.socket(family, kind) as probe:
        # Nothing is sent: for UDP, it only chooses the route.
        probe.connect(address)
        own: str = probe.getsockname()[0]
        return own


# The client that `open_client` returns.
CLIENT = WebRtcClient
