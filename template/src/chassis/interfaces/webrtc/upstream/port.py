"""One peer's part of the socket that all peers share, as the transport that aioice expects."""

import asyncio
from asyncio import DatagramTransport
from collections.abc import Callable
from typing import Any

from aioice.ice import StunProtocol

type Address = tuple[str, int]

# An address that has not proved to be the peer's gets at most this multiple of what it has sent.
# QUIC has the same rule (RFC 9000, 8.1).
AMPLIFICATION = 3
# A STUN request for a binding begins with its type; the transaction's id is in a fixed place.
REQUEST = b"\x00\x01"
TRANSACTION = slice(8, 20)


class _Path:
    """The bytes to and from an address until it has proved to be the peer's."""

    __slots__ = ("allowed", "is_proved")

    def __init__(self, allowed: int) -> None:
        self.allowed = allowed
        self.is_proved = False


class Port(DatagramTransport):
    """Sends for one peer, at first no more than a multiple of what an address has sent.

    `expect` gets the id of each STUN request to an address that has not answered yet. Such an
    address gets `credit` bytes in any case. A peer has at most `paths` addresses.
    """

    def __init__(
        self,
        protocol: StunProtocol,
        send: Callable[[bytes, Address], None],
        expect: Callable[[bytes], None],
        paths: int,
        credit: int,
    ) -> None:
        super().__init__()
        self.protocol = protocol
        self._send = send
        self._expect = expect
        self._most = paths
        self._credit = credit
        self._paths: dict[Address, _Path] = {}
        self._is_closing = False

    def count(self, size: int, address: Address) -> bool:
        """Count received bytes; return whether the peer may use that address."""
        path = self._path(address)
        if path is None:
            return False
        path.allowed += AMPLIFICATION * size
        return True

    def prove(self, address: Address) -> None:
        """The address has answered a check, so it is the peer's."""
        path = self._path(address)
        if path is not None:
            path.is_proved = True

    def allow(self, size: int, address: Address) -> None:
        """Let an ICE server get so many bytes."""
        path = self._path(address)
        if path is not None:
            path.allowed += size

    def sendto(self, data: Any, addr: Any = None) -> None:
        path = self._path(addr)
        if path is None or self._is_closing:
            return
        if not path.is_proved:
            path.allowed -= len(data)
            if path.allowed < 0:
                return
            if data[:2] == REQUEST:
                self._expect(data[TRANSACTION])
        self._send(data, addr)

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    def abort(self) -> None:
        self.close()

    def _path(self, address: Address) -> _Path | None:
        path = self._paths.get(address)
        if path is None and len(self._paths) < self._most:
            path = self._paths[address] = _Path(self._credit)
        return path
