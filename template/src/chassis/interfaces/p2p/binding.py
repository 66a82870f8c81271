"""The endpoint of the library, bound to the chosen address and to no other."""

import socket
from typing import NamedTuple

import iroh

from chassis.interfaces.p2p.errors import describe_error
from chassis.interfaces.p2p.upstream.buffers import write_at_once
from chassis.interfaces.serving.errors import CannotBind
from chassis.interfaces.serving.listener import bind_datagrams

# The protocol that both sides must speak, chosen in the TLS handshake.
ALPN = b"shallot-jsonrpc/1"


class _Preset(iroh.Preset):
    """No relay, and no server that knows addresses: the peers meet directly or not at all."""

    def __init__(self, addresses: list[str]) -> None:
        self._addresses = addresses

    def apply(self, builder: iroh.EndpointBuilder) -> None:
        builder.apply_minimal()
        builder.relay_mode(iroh.RelayMode.disabled())
        for address in self._addresses:
            builder.bind_addr(address)


class Bound(NamedTuple):
    """An endpoint that accepts connections, and where."""

    endpoint: iroh.Endpoint
    address: str
    port: int

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """The addresses at which peers reach it, without those of the other family."""
        found = map(split_address, self.endpoint.addr().direct_addresses())
        return [each for each in found if self.serves(each[0])]

    def serves(self, caller: str) -> bool:
        """Return whether a caller of that address has come by the chosen family of addresses."""
        return self.address == "::" or (":" in self.address) == (":" in caller)


async def bind_server(name: str, host: str, port: int, key: bytes) -> Bound:
    """Return an endpoint that accepts connections; port 0 means any free one.

    Raises `PortTaken` or `CannotBind`, as `listen` does.
    """
    with bind_datagrams(name, host, port) as probe:
        address, port = probe.getsockname()[:2]
    try:
        return Bound(await _bind(addresses_of(address, port), key, [ALPN]), address, port)
    except iroh.IrohError as error:
        setting = name.upper()
        raise CannotBind(
            f"{setting}_HOST {host} with {setting}_PORT {port} cannot be listened on "
            f"({describe_error(error)}): set {setting}_PORT to a free port, or 0 for any"
        ) from None


def split_address(text: str) -> tuple[str, int]:
    """Return the host and the port of an address as the library writes it."""
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


async def bind_client(key: bytes, *, is_local: bool) -> iroh.Endpoint:
    """Return an endpoint that only connects; `is_local`: to peers of this machine."""
    return await _bind(addresses_of("127.0.0.1" if is_local else "::", 0), key, [])


def addresses_of(address: str, port: int) -> list[str]:
    """Return what to bind for both families of addresses.

    The library would listen on all addresses of a family that is not named. The other family gets
    its loopback.
    """
    if address == "::":
        return [f"0.0.0.0:{port}", f"[::]:{port}"]
    if ":" in address:
        return [f"[{address}]:{port}", "127.0.0.1:0"]
    return [f"{address}:{port}", *(["[::1]:0"] if _has_ipv6_loopback() else [])]


def _has_ipv6_loopback() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


async def _bind(addresses: list[str], key: bytes, protocols: list[bytes]) -> iroh.Endpoint:
    write_at_once()
    options = iroh.EndpointOptions(preset=_Preset(addresses), secret_key=key, alpns=protocols)
    return await iroh.Endpoint.bind(options)
