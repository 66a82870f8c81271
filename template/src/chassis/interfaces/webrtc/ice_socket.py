"""The UDP socket of all peers: one port, for which a firewall or a container needs one rule.

A STUN request names its peer, and the answer to one has its id. Once a peer has answered from an
address, all data from there is its own.
"""

import asyncio
import ipaddress
import socket
from contextlib import suppress
from struct import Struct
from typing import Any

from chassis.interfaces.webrtc.upstream.agent import LAST_STUN, Agent
from chassis.interfaces.webrtc.upstream.port import REQUEST, TRANSACTION, Address

# Bytes that the system keeps until they are read: all peers share them.
BUFFER = 4 * 2**20
# Datagrams that are read in one turn of the loop. The system keeps them in one queue, so a few at a
# time would let all peers wait for one that floods it.
AT_ONCE = 256
LARGEST = 65_535
# STUN's header and its fixed value (RFC 8489, 5).
HEADER, COOKIE = 20, b"\x21\x12\xa4\x42"
RESPONSES = (b"\x01\x01", b"\x01\x11")
USERNAME = 0x0006

_ATTRIBUTE = Struct("!HH")


class IceSocket:
    """Passes each datagram to its peer; unknown ones are dropped without an answer."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self._socket: socket.socket | None = None
        self._maps = False
        self._by_name: dict[bytes, Agent] = {}
        self._by_transaction: dict[bytes, Agent] = {}
        self._by_address: dict[Address, Agent] = {}

    def open(self, bound: socket.socket) -> None:
        """Receive on a bound socket from now on; it is closed with this object."""
        bound.setblocking(False)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        # A socket of IPv6 shows the addresses of IPv4 in a form of its own.
        self._maps = bound.family == socket.AF_INET6
        self._socket = bound
        asyncio.get_running_loop().add_reader(bound, self._read, bound)

    def close(self) -> None:
        """Close it."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def add(self, agent: Agent) -> None:
        """Pass on the requests that name `agent`."""
        self._by_name[agent.local_username.encode()] = agent

    def expect(self, agent: Agent, transaction: bytes) -> None:
        """Pass on the answer to a STUN request."""
        if self._by_name.get(agent.local_username.encode()) is agent:
            self._by_transaction[transaction] = agent

    def learn(self, agent: Agent, address: Address) -> None:
        """Pass on all data from an address that is the peer's."""
        self._by_address[address] = agent

    def forget(self, agent: Agent) -> None:
        """It has ended."""
        self._by_name.pop(agent.local_username.encode(), None)
        for transaction in [key for key, each in self._by_transaction.items() if each is agent]:
            del self._by_transaction[transaction]
        for address in [key for key, each in self._by_address.items() if each is agent]:
            del self._by_address[address]

    def send(self, data: bytes, address: Address) -> None:
        """Send a datagram; it is lost if the system does not take it."""
        if self._socket is None:
            return
        host, port = address
        if self._maps and ":" not in host:
            host = f"::ffff:{host}"
        with suppress(OSError):
            self._socket.sendto(data, (host, port))

    def _read(self, bound: socket.socket) -> None:
        for _ in range(AT_ONCE):
            try:
                data, sender = bound.recvfrom(LARGEST)
            except BlockingIOError:
                return
            except OSError:
                # A peer's port is closed, for example: its own time limit will notice.
                continue
            self._pass_on(data, sender)

    def _pass_on(self, data: bytes, sender: tuple[Any, ...]) -> None:
        address = (_plain(sender[0]) if self._maps else sender[0], sender[1])
        agent = self._owner(data, address)
        if agent is not None:
            agent.received(data, address)

    def _owner(self, data: bytes, address: Address) -> Agent | None:
        if not data:
            return None
        if data[0] > LAST_STUN:
            return self._by_address.get(address)
        if len(data) < HEADER or data[4:8] != COOKIE:
            return None
        if data[:2] == REQUEST:
            return self._by_name.get(_local_name(data))
        if data[:2] in RESPONSES:
            return self._by_transaction.pop(data[TRANSACTION], self._by_address.get(address))
        return None


def _local_name(request: bytes) -> bytes:
    """Return the receiver's part of the user name, or nothing."""
    position, size = HEADER, len(request)
    while position + _ATTRIBUTE.size <= size:
        kind, length = _ATTRIBUTE.unpack_from(request, position)
        position += _ATTRIBUTE.size
        if kind == USERNAME:
            return request[position : position + length].partition(b":")[0]
        position += length + -length % 4
    return b""


def _plain(host: str) -> str:
    """Return an IPv4 address that is written as one of IPv6 in its own form."""
    if not host.startswith("::ffff:"):
        return host
    mapped = ipaddress.IPv6Address(host).ipv4_mapped
    return host if mapped is None else str(mapped)
