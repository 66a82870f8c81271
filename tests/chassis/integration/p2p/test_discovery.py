"""Peers find each other by a list, and on the local network."""

import logging
from collections.abc import Sequence

import pytest

from app.application.notification.messages import GetNotification
from chassis.interfaces.p2p.address import PeerAddress
from chassis.interfaces.p2p.dialer import Dialer
from chassis.interfaces.p2p.discovery.chain import DiscoveryChain
from chassis.interfaces.p2p.discovery.discovery import Discovery, Place
from chassis.interfaces.p2p.discovery.mdns import MdnsDiscovery, name_of
from chassis.interfaces.p2p.discovery.static import StaticDiscovery
from chassis.interfaces.p2p.identity import Identity
from tests.chassis.conformance.drivers.p2p import NODE_ID
from tests.chassis.integration.p2p.serving import request, serving
from tests.chassis.integration.p2p.test_lines import done

LOOPBACK = ("127.0.0.1",)


async def asked(discovery: Discovery, peer: PeerAddress) -> bytes:
    """Return the answer of a peer."""
    dialer = Dialer(Identity.new(), discovery)
    try:
        stream = await dialer.open(peer)
        await stream.send(request().strip())
        return await stream.receive()
    finally:
        await dialer.close()


async def test_a_peer_of_the_list_is_found() -> None:
    async with serving({GetNotification: done}) as server:
        listed = PeerAddress(NODE_ID, "localhost", server.port)
        answer = await asked(StaticDiscovery([listed]), PeerAddress(NODE_ID))

    assert b"done" in answer


@pytest.mark.parametrize("host", ("127.0.0.1", "localhost"))
async def test_a_peer_of_the_local_network_is_found(host: str) -> None:
    async with serving(
        {GetNotification: done}, discovery=DiscoveryChain(MdnsDiscovery()), host=host
    ) as server:
        finding = MdnsDiscovery(LOOPBACK)
        assert await finding.find(NODE_ID) == [("127.0.0.1", server.port)]
        assert b"done" in await asked(finding, PeerAddress(NODE_ID))
    gone = MdnsDiscovery(LOOPBACK)
    assert await gone.find(NODE_ID) == []
    await gone.close()


async def test_replicas_of_one_identity_announce_side_by_side() -> None:
    one, other, finding = MdnsDiscovery(), MdnsDiscovery(), MdnsDiscovery(LOOPBACK)
    await one.announce(NODE_ID, [("127.0.0.1", 4001)])
    await other.announce(NODE_ID, [("127.0.0.1", 4002)])
    found = await finding.find(NODE_ID)
    for each in (one, other, finding):
        await each.close()

    assert found in ([("127.0.0.1", 4001)], [("127.0.0.1", 4002)])


async def test_an_unknown_peer_is_an_error_that_says_so() -> None:
    with pytest.raises(ConnectionError, match="no address of this node id is known"):
        await asked(StaticDiscovery(()), PeerAddress(NODE_ID))


async def test_the_list_comes_first() -> None:
    class Unasked(StaticDiscovery):
        async def find(self, node_id: str) -> list[Place]:
            raise AssertionError("the list knew it")

    chain = DiscoveryChain(StaticDiscovery([PeerAddress(NODE_ID, "h", 1)]), Unasked(()))
    assert await chain.find(NODE_ID) == [("h", 1)]


async def test_a_failed_announcement_stops_no_server(caplog: pytest.LogCaptureFixture) -> None:
    class NoNetwork(StaticDiscovery):
        async def announce(self, node_id: str, places: Sequence[Place]) -> None:
            raise OSError("no network")

    caplog.set_level(logging.WARNING, "chassis")
    async with serving({GetNotification: done}, discovery=DiscoveryChain(NoNetwork(()))) as server:
        peer = PeerAddress(NODE_ID, "127.0.0.1", server.port)
        assert b"done" in await asked(StaticDiscovery(()), peer)

    assert "peers cannot discover this one" in caplog.messages


async def test_a_peer_cannot_call_itself() -> None:
    identity = Identity.new()
    dialer = Dialer(identity, StaticDiscovery(()))
    with pytest.raises(ConnectionError, match="its own node id"):
        await dialer.open(PeerAddress(identity.node_id, "127.0.0.1"))


async def test_a_wrong_peer_at_an_address_is_not_believed() -> None:
    async with serving() as server:
        wrong = PeerAddress(Identity.new().node_id, "127.0.0.1", server.port)
        with pytest.raises(ConnectionError):
            await asked(StaticDiscovery(()), wrong)


def test_a_name_fits_into_a_label() -> None:
    label = name_of(NODE_ID).partition(".")[0]
    assert len(label) <= 63
