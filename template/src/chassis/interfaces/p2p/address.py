"""The address of a peer: its node id, and where it listens if that is known."""

import re
from typing import Self
from urllib.parse import urlsplit

from msgspec import Struct

PORT = 4001

NODE_ID = re.compile(r"[0-9a-f]{64}")


class PeerAddress(Struct, frozen=True):
    """`host` is empty if discovery has to find it."""

    node_id: str
    host: str = ""
    port: int = PORT

    @classmethod
    def read(cls, text: str) -> Self:
        """Read `NODE_ID@HOST:PORT` or `NODE_ID`; raises `ValueError`."""
        node_id, at, place = text.strip().partition("@")
        node_id = node_id.lower()
        if NODE_ID.fullmatch(node_id) is None:
            raise ValueError("a node id has 64 hexadecimal digits")
        if not at:
            return cls(node_id)
        parts = urlsplit(f"//{place}")
        if not parts.hostname or parts.netloc != place or "@" in place:
            raise ValueError("after the @ comes HOST:PORT")
        return cls(node_id, parts.hostname, PORT if parts.port is None else parts.port)


def read_node_ids(text: str) -> frozenset[str]:
    """Read a comma-separated list of node ids; raises `ValueError`."""
    return frozenset(PeerAddress.read(each).node_id for each in _parts(text))


def read_addresses(text: str) -> list[PeerAddress]:
    """Read a comma-separated list of `NODE_ID@HOST:PORT`; raises `ValueError`."""
    found = [PeerAddress.read(each) for each in _parts(text)]
    if any(not each.host for each in found):
        raise ValueError("each is NODE_ID@HOST:PORT")
    return found


def _parts(text: str) -> list[str]:
    return [part for part in text.split(",") if part.strip()]
