"""A stream of notifications: the first ones are registered and no other, or all of them."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any
from uuid import uuid4

import grpc
import pytest

from app.application.notification.messages import Register, Registered
from app.interfaces.grpc.generated.notifications.v1 import notifications_pb2 as pb
from chassis.application.access.caller import Caller
from chassis.application.bus import Bus
from chassis.application.errors import Unavailable
from chassis.domain.errors import Invalid
from tests.integration.grpc.serving import Client, Failed, connected, serve, started


class Registrar:
    """Keeps what is registered; fails at a receiver named `bad`."""

    def __init__(self) -> None:
        self.asked: list[Register] = []
        self.go = asyncio.Event()
        self.go.set()

    @property
    def receivers(self) -> list[str]:
        return [each.receiver for asked in self.asked for each in asked.notifications]

    @property
    def bus(self) -> Bus:
        return Bus({Register: lambda: self})

    async def __call__(self, message: Register) -> Registered:
        await self.go.wait()
        for index, each in enumerate(message.notifications):
            if each.receiver == "bad":
                several = len(message.notifications) > 1
                raise Invalid(f"[{index}].receiver" if several else "receiver", "is bad")
            if each.receiver == "away":
                raise Unavailable("the database does not answer")
        self.asked.append(message)
        return Registered(tuple(uuid4() for _ in message.notifications))


def message(*receivers: str) -> pb.RegisterManyRequest:
    return pb.RegisterManyRequest(
        notifications=[pb.NewNotification(receiver=each, action_type="b") for each in receivers]
    )


def messages(*receivers: str) -> list[pb.RegisterManyRequest]:
    return [message(each) for each in receivers]


async def cut_short(client: Client, sent: Iterable[Any], **more: Any) -> Failed:
    with pytest.raises(Failed) as caught:
        await client.send(iter(sent), **more)
    return caught.value


async def test_all_are_registered_in_order_on_a_real_service(client: Client, quiet: Any) -> None:
    sent = [message(*(f"r{number}-{each}" for each in range(3))) for number in range(700)]

    ids = list((await client.send(iter(sent))).ids)
    await quiet(ids[-1:])

    assert len(set(ids)) == 2100
    got = await client.ask("Get", pb.GetRequest(id=ids[4]))
    assert got.notification.receiver == "r1-1"


async def test_what_waits_is_registered_at_once_and_no_more_than_fits() -> None:
    registrar = Registrar()
    registrar.go.clear()
    asyncio.get_running_loop().call_later(0.3, registrar.go.set)
    async with serve(registrar.bus) as client:
        answer = await client.send(iter([message("a", "b", "c")] * 1000))

    sizes = [len(asked.notifications) for asked in registrar.asked]
    assert len(answer.ids) == sum(sizes) == 3000
    assert 3 < max(sizes) <= 1000
    assert len(sizes) < 1000


async def test_each_message_has_a_key_of_its_own() -> None:
    registrar = Registrar()
    async with serve(registrar.bus) as client:
        key = (("idempotency-key", "order-7"),)
        await client.send(iter([message("a", "b"), message("c")]), metadata=key)

    asked = [(each.idempotency_key, len(each.notifications)) for each in registrar.asked]
    assert asked == [("order-7.0", 2), ("order-7.1", 1)]


async def test_the_same_stream_again_gives_the_same_ids(client: Client) -> None:
    key = (("idempotency-key", "order-7"),)
    sent = [message("a", "b"), message("c")]
    first = await client.send(iter(sent), metadata=key)

    assert await client.send(iter(sent), metadata=key) == first


@pytest.mark.parametrize("keyed", (False, True))
async def test_an_error_tells_how_many_are_registered(keyed: bool) -> None:
    registrar = Registrar()
    metadata = (("idempotency-key", "k"),) if keyed else ()
    async with serve(registrar.bus) as client:
        sent = messages(*(f"r{number}" for number in range(50)), "bad", "after")
        failed = await cut_short(client, sent, metadata=metadata)

    count = int(failed.info.metadata["registered"])
    assert registrar.receivers == [f"r{number}" for number in range(count)]
    assert failed.code is grpc.StatusCode.INVALID_ARGUMENT
    assert failed.fields == [("notifications[50].receiver", "is bad")]
    assert f"the first {count} notifications are registered" in failed.text
    if keyed:
        assert count == 50


@pytest.mark.parametrize(
    ("bad", "field"),
    (
        (message(), "notifications"),
        (b"\xff\xff", "request"),
    ),
    ids=("empty", "malformed"),
)
async def test_a_wrong_message_is_named(bad: Any, field: str) -> None:
    registrar = Registrar()
    async with serve(registrar.bus) as client:
        failed = await cut_short(client, [message("a"), bad])

    assert failed.code is grpc.StatusCode.INVALID_ARGUMENT
    assert failed.fields[0][0] == field
    assert failed.info.metadata["registered"] == str(len(registrar.receivers))


async def test_data_that_is_no_json_is_named_by_a_real_service(client: Client) -> None:
    bad = message("b")
    bad.notifications[0].action_data = "{"

    failed = await cut_short(client, [message("a"), bad, message("c")])

    assert failed.code is grpc.StatusCode.INVALID_ARGUMENT
    assert failed.fields[0][0] == "notifications[1].action_data"
    assert failed.info.metadata["registered"] in ("0", "1")


async def test_an_outage_says_when_to_try_again() -> None:
    async with serve(Registrar().bus) as client:
        failed = await cut_short(client, messages("away"))

    assert (failed.code, failed.retry_after) == (grpc.StatusCode.UNAVAILABLE, 5)
    assert failed.info.metadata["registered"] == "0"


async def test_no_more_is_read_than_has_room() -> None:
    registrar = Registrar()
    registrar.go.clear()
    sent = 0

    async def endless() -> AsyncIterator[pb.RegisterManyRequest]:
        nonlocal sent
        while True:
            sent += 1
            yield pb.RegisterManyRequest(
                notifications=[
                    pb.NewNotification(receiver="a", action_type="b", actioner="x" * 100_000)
                ]
            )

    async with serve(registrar.bus) as client:
        sending = asyncio.create_task(client.send(endless(), timeout=30))
        seen = -1
        while seen < sent:
            seen = sent
            await asyncio.sleep(0.5)
        sending.cancel()

    # Ours, gRPC's own on both sides, and the one that is under way.
    assert sent < 300


async def test_there_is_an_end_to_what_one_call_may_send(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.interfaces.grpc.notification.registering.MOST", 5)
    registrar = Registrar()
    async with serve(registrar.bus) as client:
        failed = await cut_short(client, [message("a", "b")] * 4)

    assert failed.info.reason == "too-many"
    assert len(registrar.receivers) <= 5


async def test_an_expired_token_ends_it() -> None:
    class Once:
        is_on = True

        async def authenticate(self, token: str | None) -> Caller:
            return Caller(name="ada", expires_at=0)

        async def check(self) -> None:
            pass

    async with serve(Registrar().bus, authenticator=Once()) as client:
        assert (await cut_short(client, messages("a"))).code is grpc.StatusCode.UNAUTHENTICATED


async def test_a_client_that_leaves_ends_it() -> None:
    registrar = Registrar()

    async def some() -> AsyncIterator[pb.RegisterManyRequest]:
        yield message("a")
        await asyncio.Event().wait()

    async with started(registrar.bus) as server, connected(server.port) as client:
        sending = asyncio.create_task(client.send(some()))
        async with asyncio.timeout(5):
            while not registrar.asked:
                await asyncio.sleep(0.01)
        sending.cancel()
        async with asyncio.timeout(5):
            while server.under_way:
                await asyncio.sleep(0.01)
