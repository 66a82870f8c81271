"""gRPC's names of peers."""

import pytest

from chassis.interfaces.grpc.observe import place_of


@pytest.mark.parametrize(
    ("peer", "place"),
    (
        ("ipv4:192.0.2.1:50000", ("192.0.2.1", 50_000)),
        ("ipv6:%5B2001:db8::1%5D:50000", ("2001:db8::1", 50_000)),
        # A call that has ended before its handler began, such as by a deadline of zero.
        ("unknown", ("", 0)),
    ),
)
def test_a_peer_has_an_address_and_a_port(peer: str, place: tuple[str, int]) -> None:
    assert place_of(peer) == place
