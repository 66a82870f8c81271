"""A notification all the way: from a POST to both kinds of stream, the list and the report."""

import json
from pathlib import Path

import httpx
import websockets

from tests.e2e.events import open_events
from tests.e2e.process import all_listed, serving

GREETING = {"receiver": "ada", "action_type": "greeted", "action_data": {"text": "héllo"}}


async def test_from_post_to_streams_list_and_report(tmp_path: Path) -> None:
    async with serving(tmp_path) as process, httpx.AsyncClient(base_url=process.url) as http:
        async with open_events(http) as events, websockets.connect(_socket(process.url)) as socket:
            assert (await anext(events)).keys() == {"id"}
            assert json.loads(await socket.recv())["event"] == "heartbeat"

            answer = await http.post("/notifications", json=GREETING)
            assert answer.status_code == 202
            identity = answer.json()["id"]
            assert answer.headers["location"] == f"/notifications/{identity}"

            event = await anext(events)
            frame = json.loads(await socket.recv())
            assert event["event"] == frame["event"] == "notification"
            assert event["id"] == frame["cursor"]
            assert json.loads(event["data"]) == frame["data"]
            assert frame["data"]["id"] == identity

        found = (await http.get(f"/notifications/{identity}")).json()
        assert found == frame["data"]
        assert found["action_data"] == {"text": "héllo"}
        listed = (await http.get("/notifications", params={"receiver": "ada"})).json()
        assert listed == {"items": [found], "page": 1, "size": 50, "total": 1}
        assert (await http.get("/notifications", params={"receiver": "bob"})).json()["total"] == 0

        seen = await http.patch(f"/notifications/{identity}", json={"is_seen": True})
        assert seen.json() == found | {"is_seen": True}
        assert (await http.get(f"/notifications/{identity}")).json()["is_seen"] is True

        [count] = (await http.get("/reports/notifications")).json()["items"]
        assert (count["key"], count["count"]) == ("greeted", 1)


async def test_a_stream_resumes_after_a_restart(tmp_path: Path) -> None:
    async with serving(tmp_path) as process, httpx.AsyncClient(base_url=process.url) as http:
        async with open_events(http) as events:
            cursor = (await anext(events))["id"]
        ids = [(await http.post("/notifications", json=GREETING)).json()["id"] for _ in range(3)]
        async with open_events(http, cursor) as events:
            await anext(events)
            first = await anext(events)
            assert json.loads(first["data"])["id"] == ids[0]
    async with serving(tmp_path) as process, httpx.AsyncClient(base_url=process.url) as http:
        assert await all_listed(process.url) == ids[::-1]
        async with open_events(http, first["id"]) as events:
            await anext(events)
            assert [json.loads((await anext(events))["data"])["id"] for _ in ids[1:]] == ids[1:]


async def test_a_foreign_cursor_is_reset(tmp_path: Path) -> None:
    async with serving(tmp_path) as process, httpx.AsyncClient(base_url=process.url) as http:
        for cursor in ("deadbeef.1", "nonsense"):
            async with open_events(http, cursor) as events:
                event = await anext(events)
                assert event["event"] == "reset", cursor
            async with open_events(http, event["id"]) as events:
                assert "event" not in await anext(events)


async def test_request_and_trace_ids_go_all_the_way(tmp_path: Path) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {"x-request-id": "my-request", "traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    async with (
        serving(tmp_path, LOG_LEVEL="DEBUG") as process,
        httpx.AsyncClient(base_url=process.url) as http,
        open_events(http) as events,
    ):
        await anext(events)
        answer = await http.post("/notifications", json=GREETING, headers=headers)
        assert answer.headers["x-request-id"] == "my-request"
        await anext(events)
    lines = [line for line in process.logs if line.get("trace_id") == trace]
    assert {line["event"] for line in lines} >= {"request", "event handled"}
    assert {line["request_id"] for line in lines} == {"my-request"}


def _socket(url: str) -> str:
    return url.replace("http", "ws", 1) + "/stream"
