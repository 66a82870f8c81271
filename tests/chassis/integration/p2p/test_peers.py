"""The peers that may connect, and the number of their connections."""

import asyncio
import logging

import pytest

from app.application.notification.messages import GetNotification
from chassis.interfaces.serving.meter import Meter
from tests.chassis.integration.p2p.serving import (
    Client,
    farewell,
    node_id,
    peer,
    request,
    serving,
)
from tests.chassis.integration.p2p.test_lines import done
from tests.unit.support import RecordingMetrics

ADA, BOB = b"a" * 32, b"b" * 32


async def test_a_stranger_is_sent_away_and_told_why(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "chassis")
    metrics = RecordingMetrics()
    async with (
        serving(
            {GetNotification: done}, listed=[node_id(ADA)], meter=Meter(metrics, "p2p")
        ) as server,
        peer(server, BOB) as bob,
        Client.connected(server, ADA) as ada,
    ):
        assert "not in P2P_ALLOWED_PEERS" in await farewell(bob)
        await ada.send(request())
        assert (await ada.line())["result"] == "done"
        assert metrics.counters["connections_refused:p2p:handshake"] == 1
        assert metrics.gauges["connections_open:p2p"] == 1

    [line] = [record for record in caplog.records if record.message == "peer not allowed"]
    assert vars(line)["node_id"] == node_id(BOB)


async def test_strangers_do_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(listed=[node_id(ADA)]) as server:
        for _ in range(5):
            async with peer(server) as stranger:
                await farewell(stranger)

    assert caplog.messages.count("peer not allowed") == 1


async def test_without_a_list_every_peer_or_none(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(is_open=False) as server, peer(server, ADA) as ada:
        assert "not in P2P_ALLOWED_PEERS" in await farewell(ada)
    async with serving({GetNotification: done}) as server, Client.connected(server, ADA) as ada:
        await ada.send(request())
        assert (await ada.line())["result"] == "done"


async def test_one_connection_too_many_of_a_peer() -> None:
    async with serving({GetNotification: done}, per_peer=1) as server, peer(server, ADA):
        async with peer(server, ADA) as second:
            assert "too many connections" in await farewell(second)
        async with Client.connected(server, BOB) as other:
            await other.send(request())
            assert (await other.line())["result"] == "done"


async def test_a_connection_that_has_ended_makes_room_for_another() -> None:
    async with serving({GetNotification: done}, connections=1) as server:
        async with peer(server), peer(server) as second:
            assert "too many connections" in await farewell(second)
        await asyncio.sleep(0.1)
        async with Client.connected(server) as third:
            await third.send(request())
            assert (await third.line())["result"] == "done"
