import pytest

from chassis.interfaces.p2p.address import PORT, PeerAddress, read_addresses, read_node_ids

ADA, BOB = "a" * 64, "b" * 64


@pytest.mark.parametrize(
    ("text", "address"),
    (
        (ADA, PeerAddress(ADA)),
        (f" {ADA.upper()} ", PeerAddress(ADA)),
        (f"{ADA}@host", PeerAddress(ADA, "host", PORT)),
        (f"{ADA}@host:1", PeerAddress(ADA, "host", 1)),
        (f"{ADA}@10.0.0.1:4001", PeerAddress(ADA, "10.0.0.1", 4001)),
        (f"{ADA}@[fd00::1]:4001", PeerAddress(ADA, "fd00::1", 4001)),
        (f"{ADA}@[fd00::1]", PeerAddress(ADA, "fd00::1", PORT)),
    ),
)
def test_an_address_is_read(text: str, address: PeerAddress) -> None:
    assert PeerAddress.read(text) == address


@pytest.mark.parametrize(
    "text",
    (
        "",
        "host",
        "host:1",
        ADA[1:],
        f"{ADA}0",
        "g" * 64,
        f"{ADA}@",
        f"{ADA}@:1",
        f"{ADA}@host:port",
        f"{ADA}@host:99999",
        f"{ADA}@host/path",
        f"{ADA}@host?a",
        f"{ADA}@[::1",
        f"{ADA}@{BOB}@host",
    ),
)
def test_another_text_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"node id|HOST:PORT|[Pp]ort|Invalid IPv6"):
        PeerAddress.read(text)


def test_lists_are_read() -> None:
    assert read_node_ids(f"{ADA}, {BOB},") == {ADA, BOB}
    assert read_node_ids("") == frozenset()
    assert read_addresses(f"{ADA}@one:1,{ADA}@two") == [
        PeerAddress(ADA, "one", 1),
        PeerAddress(ADA, "two"),
    ]
    with pytest.raises(ValueError, match="NODE_ID@HOST:PORT"):
        read_addresses(ADA)
