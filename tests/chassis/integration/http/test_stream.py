"""The stream, as server-sent events and as WebSocket frames."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

from tests.harness import Service

HELLO = {"receiver": "ada", "action_type": "greeted"}


class Events:
    """The blocks of an event stream, one after the other."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines

    async def next(self) -> dict[str, str]:
        """Return the fields of the next block."""
        block: dict[str, str] = {}
        async with asyncio.timeout(5):
            while line := await anext(self._lines):
                name, _, value = line.partition(": ")
                block[name] = value
        return block


@asynccontextmanager
async def events(service: Service, query: str = "", **headers: str) -> AsyncIterator[Events]:
    async with service.http.stream("GET", f"/stream?{query}", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.headers["Cache-Control"] == "no-store"
        yield Events(answer.aiter_lines())


@asynccontextmanager
async def socket(service: Service, query: str = "", **more: Any) -> AsyncIterator[ClientConnection]:
    url = service.url.replace("http", "ws", 1) + f"/stream?{query}"
    async with connect(url, proxy=None, **more) as connection:
        yield connection


async def frame(connection: ClientConnection) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(await asyncio.wait_for(connection.recv(), 5))
    return decoded


async def test_event_tells_of_a_notification(service: Service) -> None:
    async with events(service) as stream:
        hello = await stream.next()
        identity = await service.announce(**HELLO)
        event = await stream.next()

    assert list(hello) == ["id"]
    assert event["event"] == "notification"
    assert event["id"] != hello["id"]
    data = json.loads(event["data"])
    assert data == (await service.http.get(f"/notifications/{identity}")).json()


async def test_frame_tells_of_a_notification(service: Service) -> None:
    async with socket(service) as connection:
        hello = await frame(connection)
        identity = await service.announce(**HELLO)
        told = await frame(connection)

    assert hello == {"event": "heartbeat", "cursor": hello["cursor"]}
    assert (told["event"], told["data"]["id"]) == ("notification", str(identity))


async def test_filters(service: Service) -> None:
    async with (
        events(service, "receiver=bob") as stream,
        socket(service, "action_type=left") as connection,
    ):
        await stream.next()
        await frame(connection)
        await service.announce(receiver="ada", action_type="greeted")
        await service.announce(receiver="bob", action_type="left")

        assert json.loads((await stream.next())["data"])["receiver"] == "bob"
        assert (await frame(connection))["data"]["action_type"] == "left"


async def test_resumes_after_a_cursor(service: Service) -> None:
    async with events(service) as stream:
        cursor = (await stream.next())["id"]
    first = await service.announce(**HELLO)
    second = await service.announce(**HELLO)

    async with (
        events(service, **{"Last-Event-ID": cursor}) as by_header,
        events(service, f"last_event_id={cursor}") as by_query,
        socket(service, f"last_event_id={cursor}") as connection,
    ):
        for stream in (by_header, by_query):
            await stream.next()
            told = [json.loads((await stream.next())["data"])["id"] for _ in range(2)]
            assert told == [str(first), str(second)]
        await frame(connection)
        assert (await frame(connection))["data"]["id"] == str(first)


async def test_foreign_cursor_is_reset(service: Service, subtests: pytest.Subtests) -> None:
    for cursor in ("zz", "zz.1", "0", "-1", "9" * 5000, "%E2%88%9E", "."):
        with subtests.test(cursor):
            async with (
                events(service, f"last_event_id={cursor}") as stream,
                socket(service, f"last_event_id={cursor}") as connection,
            ):
                event = await stream.next()
                assert event["event"] == "reset"
                assert event["data"] == event["id"]
                assert (await frame(connection)) == {"event": "reset", "cursor": event["id"]}


async def test_heartbeats_carry_the_cursor(tmp_path: Any) -> None:
    async with (
        Service.running(tmp_path, STREAM_HEARTBEAT="0.05") as service,
        events(service, "receiver=bob") as stream,
    ):
        first = await stream.next()
        await service.announce(**HELLO)
        later = [await stream.next() for _ in range(3)]

    assert all(list(block) == ["id"] for block in later)
    assert later[-1]["id"] != first["id"]


async def test_draining_tells_subscribers_to_come_back(service: Service) -> None:
    async with events(service) as stream, socket(service) as connection:
        await stream.next()
        await frame(connection)
        service.system.drain()

        assert list(await stream.next()) == ["id"]
        assert 1000 <= int((await stream.next())["retry"]) <= 5000
        with pytest.raises(StopAsyncIteration):
            await stream.next()
        with pytest.raises(ConnectionClosed) as closed:
            await frame(connection)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1001, "draining")


async def test_no_more_streams_than_the_limit(tmp_path: Any) -> None:
    async with Service.running(tmp_path, MAX_STREAMS="1") as service, events(service) as stream:
        await stream.next()
        refused = await service.http.get("/stream")
        async with socket(service) as connection:
            with pytest.raises(ConnectionClosed) as closed:
                await frame(connection)

    assert (refused.status_code, refused.json()["type"]) == (503, "urn:problem:busy")
    assert refused.headers["Retry-After"] == "5"
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1013


async def test_unknown_filter_closes_the_socket(service: Service) -> None:
    async with socket(service, "recever=ada") as connection:
        with pytest.raises(ConnectionClosed) as closed:
            await frame(connection)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008
    assert closed.value.rcvd.reason.startswith("recever:")


async def test_page_of_another_origin_is_refused(service: Service) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with socket(service, origin=Origin("http://evil.example")):
            pass

    assert refused.value.response.status_code == 403


async def test_page_of_this_origin_is_welcome(service: Service) -> None:
    async with socket(service, origin=Origin(service.url)) as connection:
        assert (await frame(connection))["event"] == "heartbeat"


async def test_what_a_client_sends_is_passed_over(service: Service) -> None:
    async with socket(service) as connection:
        await frame(connection)
        for _ in range(100):
            await connection.send("x" * 1000)
        identity = await service.announce(**HELLO)

        assert (await frame(connection))["data"]["id"] == str(identity)


async def test_streams_end_when_clients_leave(service: Service) -> None:
    async with events(service) as stream, socket(service) as connection:
        await stream.next()
        await frame(connection)
        assert open_streams(service) == "streams_open 2.0"

    async with asyncio.timeout(5):
        while open_streams(service) != "streams_open 0.0":
            await asyncio.sleep(0.01)


def open_streams(service: Service) -> str:
    text = service.system.core.metrics().render()[0].decode()
    return next(line for line in text.splitlines() if line.startswith("streams_open "))
