"""The addresses of peers, and private keys: read as they were written, or refused with a reason."""

from collections.abc import Callable

from chassis.interfaces.p2p.address import PeerAddress, read_addresses, read_node_ids
from chassis.interfaces.p2p.identity import Identity

NODE_ID = "0123456789abcdef" * 4
SEEDS = [
    NODE_ID.encode(),
    f"{NODE_ID}@host.example:4001".encode(),
    f"{NODE_ID}@[fd00::1]:1,{NODE_ID.upper()}@10.0.0.1".encode(),
    Identity(bytes(32)).text.encode(),
]
# Characters of a text that may be in a reason by chance.
LONG = 20
WORDS = [b"@", b":", b"[", b"]", b"::", b",", b"%", b"0", b"65536", NODE_ID.encode()]


def check(data: bytes) -> None:
    """A value is the same when it is read again; a reason for a refusal does not tell a key."""
    text = data.decode("utf-8", "replace")
    for each in _read(read_addresses, text) or ():
        host = f"[{each.host}]" if ":" in each.host else each.host
        assert PeerAddress.read(f"{each.node_id}@{host}:{each.port}") == each
        assert each.host
        assert 0 <= each.port <= 65_535
    for node_id in _read(read_node_ids, text) or ():
        assert len(node_id) == len(NODE_ID)
        assert node_id == node_id.lower()
    identity = _read(Identity.read, text)
    if identity is not None:
        assert Identity.read(identity.text).node_id == identity.node_id


def _read[T](read: Callable[[str], T], text: str) -> T | None:
    try:
        return read(text)
    except ValueError as error:
        reason = str(error)
    assert reason, "no reason"
    assert len(text) < LONG or text not in reason, "the text is told"
    return None
