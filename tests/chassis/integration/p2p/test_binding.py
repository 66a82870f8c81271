"""The endpoint listens on the chosen address, and on no other network."""

import socket

import pytest

from chassis.interfaces.p2p.binding import addresses_of, bind_server
from chassis.interfaces.serving.errors import CannotBind
from tests.chassis.conformance.drivers.p2p import KEY

LOOPBACK = ("127.0.0.1", "[::1]")


@pytest.mark.parametrize("host", ("127.0.0.1", "localhost", "::1"))
async def test_loopback_means_loopback_in_both_families(host: str) -> None:
    bound = await bind_server("p2p", host, 0, KEY)
    sockets = [text.rpartition(":") for text in bound.endpoint.bound_sockets()]
    await bound.endpoint.close()

    assert {place for place, *_ in sockets} <= {*LOOPBACK}
    assert str(bound.port) in {port for *_, port in sockets}


async def test_all_addresses_of_ipv4_are_none_of_ipv6() -> None:
    bound = await bind_server("p2p", "0.0.0.0", 0, KEY)
    sockets = bound.endpoint.bound_sockets()
    places = bound.addresses
    await bound.endpoint.close()

    assert f"0.0.0.0:{bound.port}" in sockets
    assert not any(text.startswith("[::]") for text in sockets)
    assert {port for _, port in places} == {bound.port}


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
async def test_all_addresses_have_one_port() -> None:
    bound = await bind_server("p2p", "::", 0, KEY)
    sockets = bound.endpoint.bound_sockets()
    await bound.endpoint.close()

    assert {text.rpartition(":")[2] for text in sockets} == {str(bound.port)}
    assert len(sockets) == 2


def test_the_other_family_gets_its_loopback() -> None:
    assert addresses_of("10.0.0.1", 4001)[0] == "10.0.0.1:4001"
    assert addresses_of("fd00::1", 4001) == ["[fd00::1]:4001", "127.0.0.1:0"]


async def test_an_address_of_another_machine_is_an_error_that_names_the_setting() -> None:
    with pytest.raises(CannotBind, match=r"P2P_HOST 192\.0\.2\.77 cannot be listened on"):
        await bind_server("p2p", "192.0.2.77", 0, KEY)
