import pytest

from chassis.interfaces.p2p.allowed_peers import AllowedPeers

ADA, BOB = "a" * 64, "b" * 64


@pytest.mark.parametrize("is_open", (True, False))
def test_a_list_decides_alone(is_open: bool) -> None:
    allowed = AllowedPeers([ADA], is_open=is_open)
    assert allowed.allow(ADA)
    assert not allowed.allow(BOB)


@pytest.mark.parametrize("is_open", (True, False))
def test_without_a_list_every_peer_or_none(is_open: bool) -> None:
    assert AllowedPeers((), is_open=is_open).allow(ADA) is is_open
