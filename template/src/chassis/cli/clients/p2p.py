"""The client for p2p: JSON-RPC, one message a line, over streams between peers."""

from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.p2p import COMMAND_KEY, keep_identity, make_discovery
from chassis.bootstrap.servers.p2p import P2pSettings
from chassis.cli.credentials import Credentials
from chassis.cli.failure import UsageError
from chassis.cli.jsonrpc_client import Connection, JsonRpcClient
from chassis.cli.remote import Remote
from chassis.interfaces.p2p.address import PORT, PeerAddress
from chassis.interfaces.p2p.dialer import Dialer

# The URL names the peer before the `@`, and no secret.
NAMES_PEER = True


class P2pClient(JsonRpcClient):
    """Talks to the peer at `url`; a subscription has a session of its own."""

    def __init__(self, url: str, credentials: Credentials, remote: Remote) -> None:
        super().__init__(url, credentials, remote)
        if credentials.certificate is not None:
            raise UsageError("p2p takes no --certificate: a peer is known by its node id")
        self._peer = _parse(url)
        settings = Configuration.read().of(P2pSettings)
        # Its own identity: no peer can connect to itself.
        self._dialer = Dialer(
            keep_identity("", COMMAND_KEY),
            make_discovery(settings.p2p_peers, settings.p2p_discovery),
        )

    async def connect(self) -> Connection:
        """Return a new session; raises `OSError`."""
        return await self._dialer.open(self._peer)

    async def close(self) -> None:
        """Close the connection."""
        await super().close()
        await self._dialer.close()


def _parse(url: str) -> PeerAddress:
    try:
        return PeerAddress.read(url.removeprefix("p2p://"))
    except ValueError as error:
        raise UsageError(
            f"{url} is no URL such as p2p://NODE_ID@127.0.0.1:{PORT} or p2p://NODE_ID: {error}"
        ) from None


# The client that `open_client` returns.
CLIENT = P2pClient
