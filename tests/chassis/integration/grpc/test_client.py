"""The command line's client against the server."""

import asyncio
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw

from app.application.notification.mapping import decode
from app.application.notification.messages import NewNotification, Register, Registered
from app.cli.notification.remote import REMOTE
from chassis.application.access.caller import Caller
from chassis.application.bus import Bus
from chassis.application.errors import Unauthorized
from chassis.application.streaming.messages import StreamItem, Subscribe
from chassis.cli.clients import Disconnected, RequestRefused, open_client
from chassis.cli.clients.grpc import GrpcClient
from chassis.cli.credentials import Credentials
from chassis.domain.ids import new_id
from chassis.interfaces.serving.tls import Tls
from tests.chassis.certificates import Authority
from tests.chassis.integration.grpc.streams import FedStream
from tests.integration.grpc.serving import started
from tests.unit.support import ManualClock

GREETING = {
    "receiver": "ada",
    "action_type": "greeted",
    "action_data": {"big": 2**53 + 1},
    "fired_at": "2030-01-02T03:04:05.678901+02:00",
}
NOTE = (
    b'{"id":"019a0000-0000-7000-8000-000000000000","receiver":"ada","action_type":"greeted",'
    b'"action_data":{"big":9007199254740993},"actioner":null,'
    b'"fired_at":"2030-01-01T00:00:00Z","registered_at":"2030-01-01T00:00:00Z","is_seen":false}'
)


class Registrar:
    def __init__(self) -> None:
        self.asked: list[Register] = []

    @property
    def bus(self) -> Bus:
        return Bus({Register: lambda: self})

    async def __call__(self, message: Register) -> Registered:
        self.asked.append(message)
        return Registered(tuple(new_id(ManualClock().now) for _ in message.notifications))


def client_of(port: int, token: str | None = None) -> Any:
    return open_client(f"grpc://127.0.0.1:{port}/", Credentials(lambda: token), REMOTE)


async def test_registers_under_a_key_and_loses_nothing() -> None:
    registrar = Registrar()
    async with started(registrar.bus) as server:
        client = client_of(server.port)
        assert isinstance(client, GrpcClient)
        ids = await client.register([GREETING] * 2, "order-7")
        await client.close()

    [asked] = registrar.asked
    assert (len(ids), asked.idempotency_key) == (2, "order-7")
    assert asked.notifications[0] == NewNotification(
        receiver="ada",
        action_type="greeted",
        action_data=Raw(b'{"big":9007199254740993}'),
        fired_at=asked.notifications[0].fired_at,
    )
    assert asked.notifications[0].fired_at is not None
    assert asked.notifications[0].fired_at.isoformat() == "2030-01-02T01:04:05.678901+00:00"


@pytest.mark.parametrize(
    "wrong", (7, {"receiver": 7}, {"recipient": "ada"}, {"fired_at": "soon"}), ids=str
)
async def test_what_is_no_notification_is_refused(wrong: Any) -> None:
    async with started(Bus({})) as server:
        client = client_of(server.port)
        with pytest.raises(RequestRefused, match="this is no notification"):
            await client.register([wrong], None)
        await client.close()


async def test_follows_until_the_service_ends_the_stream() -> None:
    stream = FedStream()
    from_the_service = [
        StreamItem(event="heartbeat", cursor="e.1"),
        StreamItem(event="notification", cursor="e.2", data=NOTE),  # type: ignore[arg-type]  # bytes do
        StreamItem(event="reset", cursor="e.3"),
        StreamItem(event="closed", cursor="e.4", reason="expired"),
    ]
    for item in from_the_service:
        stream.put(item)
    async with started(stream.bus) as server:
        client = client_of(server.port)
        async with aclosing(client.follow(Subscribe())) as items:
            found = [item async for item in items]
        await client.close()

    told = [(item.event, item.cursor, item.reason) for item in found]
    assert told == [(item.event, item.cursor, item.reason) for item in from_the_service]
    assert found[1].data is not None
    assert decode(found[1].data) == decode(NOTE)


async def test_what_the_service_says_no_to_is_told_with_its_code() -> None:
    async with started(Bus({})) as server:
        client = client_of(server.port)
        with pytest.raises(RequestRefused, match=r"^UNIMPLEMENTED: Register is not served here"):
            await client.register([GREETING], None)
        with pytest.raises(RequestRefused, match="a running consumer"):
            await anext(client.follow(Subscribe()))
        await client.close()


async def test_where_nobody_answers_the_url_is_named(unused_tcp_port: int) -> None:
    client = client_of(unused_tcp_port)
    with pytest.raises(Disconnected, match="is the service running there"):
        await client.register([GREETING], None)
    await client.close()


async def test_a_service_that_goes_away_disconnects() -> None:
    stream = FedStream()
    stream.put(StreamItem(event="heartbeat", cursor="e.1"))
    async with started(stream.bus) as server:
        client = client_of(server.port)
        items = client.follow(Subscribe())
        await anext(items)
        stopping = asyncio.create_task(server.stop(1))
        with pytest.raises(Disconnected):
            await anext(items)
        await stopping
        await client.close()


async def test_shows_its_token_anew_at_each_call() -> None:
    class Tokens:
        is_on = True

        async def authenticate(self, token: str | None) -> Caller:
            if token != "good":
                raise Unauthorized("who are you?")
            return Caller(name="ada")

        async def check(self) -> None:
            pass

    tokens = iter(("good", None))
    async with started(Registrar().bus, authenticator=Tokens()) as server:
        client = open_client(
            f"grpc://127.0.0.1:{server.port}", Credentials(lambda: next(tokens)), REMOTE
        )
        await client.register([GREETING], None)
        with pytest.raises(RequestRefused, match="who are you"):
            await client.register([GREETING], None)
        await client.close()


async def test_speaks_tls_and_trusts_what_the_system_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    tls = Tls(*authority.sign("server"))
    async with started(Registrar().bus, tls) as server:
        url = f"grpcs://127.0.0.1:{server.port}"
        stranger = open_client(url, Credentials(), REMOTE)
        with pytest.raises(Disconnected):
            await stranger.register([GREETING], None)
        await stranger.close()
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
        client = open_client(url, Credentials(), REMOTE)
        assert len(await client.register([GREETING], None)) == 1
        await client.close()
