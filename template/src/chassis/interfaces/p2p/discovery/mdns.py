"""Addresses from the local network, by multicast DNS and DNS-SD (RFC 6762, RFC 6763)."""

import base64
from collections.abc import Sequence

from zeroconf import Error, InterfaceChoice, ServiceInfo
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from chassis.interfaces.p2p.discovery.discovery import Place

SERVICE = "_shallot-p2p._udp.local."
# Seconds to wait for an answer.
TIMEOUT = 3.0


class MdnsDiscovery:
    """Publishes the peer on the networks of its own addresses, and finds others there.

    One that publishes nothing looks on the networks of `interfaces`, or on all without any.
    """

    def __init__(self, interfaces: Sequence[str] = ()) -> None:
        self._interfaces = list(interfaces)
        self._zeroconf: AsyncZeroconf | None = None

    async def announce(self, node_id: str, places: Sequence[Place]) -> None:
        """Let others find this peer, until `close`; raises `OSError` if there is no network."""
        if not places:
            raise OSError("it has no address")
        info = ServiceInfo(
            SERVICE,
            name_of(node_id),
            port=places[0][1],
            properties={"node": node_id},
            server=f"{name_of(node_id).partition('.')[0]}.local.",
            parsed_addresses=[host for host, _ in places],
        )
        self._interfaces = [host for host, _ in places]
        try:
            # Replicas may share an identity, and then they share the name.
            zeroconf = self._opened()
            await (await zeroconf.async_register_service(info, cooperating_responders=True))
        except Error as error:
            raise OSError(str(error) or type(error).__name__) from error

    async def find(self, node_id: str) -> list[Place]:
        info = AsyncServiceInfo(SERVICE, name_of(node_id))
        if not await info.async_request(self._opened().zeroconf, TIMEOUT * 1000):
            return []
        return [(host, info.port or 0) for host in info.parsed_scoped_addresses()]

    async def close(self) -> None:
        if self._zeroconf is not None:
            zeroconf, self._zeroconf = self._zeroconf, None
            await zeroconf.async_unregister_all_services()
            await zeroconf.async_close()

    def _opened(self) -> AsyncZeroconf:
        if self._zeroconf is None:
            self._zeroconf = AsyncZeroconf(self._interfaces or InterfaceChoice.All)
        return self._zeroconf


def name_of(node_id: str) -> str:
    """Return the instance name: a label has 63 bytes at most, and a node id 64 digits."""
    label = base64.b32encode(bytes.fromhex(node_id)).decode().rstrip("=").lower()
    return f"{label}.{SERVICE}"
