"""The parts of every answer, and the data that no answer may have."""

import asyncio
import json
import logging

import pytest
from litestar import get
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from app.application.notification.messages import GetNotification
from chassis.application.bus import Bus
from chassis.application.errors import Unavailable
from chassis.application.streaming.messages import Subscribe
from chassis.infrastructure.telemetry import request_log
from tests.chassis.integration.http.serving import serve
from tests.harness import Service

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
PATH = "/notifications/019a0000-0000-7000-8000-000000000000"


async def test_request_id_is_taken_over(service: Service) -> None:
    answer = await service.http.get("/notifications", headers={"X-Request-ID": "order-7"})

    assert answer.headers["X-Request-ID"] == "order-7"


@pytest.mark.parametrize("request_id", ("", "a b", "x" * 65, "<script>"))
async def test_malformed_request_id_is_replaced(service: Service, request_id: str) -> None:
    answer = await service.http.get("/nothing", headers={"X-Request-ID": request_id})

    assert answer.headers["X-Request-ID"] not in ("", request_id)
    assert answer.json()["request_id"] == answer.headers["X-Request-ID"]


async def test_one_log_line_for_each_request(
    service: Service, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO, request_log.log.name)

    await service.http.get("/notifications?receiver=s3cr3t%0a")

    service.system.core.request_log().flush()
    [text] = capsys.readouterr().err.splitlines()
    line = json.loads(text)
    assert (line["method"], line["path"], line["status"]) == ("GET", "/notifications", 200)
    assert "s3cr3t" not in text


async def test_wrong_method_names_the_right_ones(service: Service) -> None:
    answer = await service.http.delete("/stream")

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, OPTIONS"


async def test_another_site_may_not_read(service: Service) -> None:
    answer = await service.http.get("/notifications", headers={"Origin": "http://evil.example"})

    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_what_no_role_here_handles_says_which_does() -> None:
    async with serve(Bus({})) as http:
        good = {"receiver": "ada", "action_type": "greeted"}
        answers = {
            "producer": await http.post("/notifications", json=good),
            "producer or consumer": await http.get("/notifications"),
            "consumer": await http.get("/stream"),
        }

    for role, answer in answers.items():
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:problem:not-served")
        assert role in answer.json()["detail"]


async def test_unavailable_says_when_to_try_again() -> None:
    async def fail(message: GetNotification) -> None:
        raise Unavailable("app at 10.0.0.7:5432 is away", "the database does not answer")

    async with serve(Bus({GetNotification: lambda: fail})) as http:
        answer = await http.get(PATH)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json()["detail"] == "the database does not answer"


async def test_a_socket_is_closed_without_a_word_of_servers() -> None:
    async def fail(message: Subscribe) -> None:
        raise Unavailable("app at 10.0.0.7:5432 is away", "the database does not answer")

    async with serve(Bus({Subscribe: lambda: fail})) as http:
        url = str(http.base_url).replace("http", "ws", 1).rstrip("/")
        async with connect(f"{url}/stream", proxy=None) as socket:
            with pytest.raises(ConnectionClosed) as closed:
                await asyncio.wait_for(socket.recv(), 5)

    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (
        1013,
        "the database does not answer",
    )


async def test_unforeseen_error_is_logged_and_not_told(caplog: pytest.LogCaptureFixture) -> None:
    async def fail(message: GetNotification) -> None:
        raise RuntimeError("password=hunter2")

    async with serve(Bus({GetNotification: lambda: fail})) as http:
        answer = await http.get(PATH, headers={"X-Request-ID": "order-7"})

    assert answer.status_code == 500
    assert answer.json()["request_id"] == "order-7"
    assert "hunter2" not in answer.text
    assert "hunter2" in caplog.text


async def test_an_aggregate_of_ones_own_is_served_too() -> None:
    @get("/own")
    async def own() -> dict[str, str]:
        return {"whose": "own"}

    async with serve(Bus({}), own) as http:
        assert (await http.get("/own")).json() == {"whose": "own"}
