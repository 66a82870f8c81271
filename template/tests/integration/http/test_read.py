"""Lists, look-ups, seen states and reports, in every role."""

from uuid import UUID

import pytest

from tests.harness import Service
from tests.integration.conftest import Store


async def test_newest_first_in_pages(service: Service, store: Store) -> None:
    ids = [str(await store()) for _ in range(5)]

    first = (await service.http.get("/notifications", params={"size": 3})).json()
    second = (await service.http.get("/notifications", params={"size": 3, "page": 2})).json()

    assert [item["id"] for item in first["items"] + second["items"]] == ids[::-1]
    assert (first["page"], first["size"], first["total"]) == (1, 3, 5)


async def test_cursors_lead_through_all(service: Service, store: Store) -> None:
    ids = [str(await store()) for _ in range(5)]

    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = await service.http.get("/notifications", params={"size": 2, "cursor": cursor})
        found += [item["id"] for item in answer.json()["items"]]
        cursor = answer.json()["next_cursor"]

    assert found == ids[::-1]


@pytest.mark.parametrize(
    "query",
    (
        "receiver=bob",
        "action_type=left",
        "is_seen=true",
        "until=2020-01-01T00:00:00Z",
        "since=2200-01-01T00:00:00%2B02:00",
        "since=2200-01-01T00:00:00+02:00",
    ),
)
async def test_filters(service: Service, store: Store, query: str) -> None:
    await store()

    answer = await service.http.get(f"/notifications?{query}")

    assert answer.json()["total"] == 0
    assert (await service.http.get("/notifications?receiver=ada")).json()["total"] == 1


async def test_filter_called_null_is_a_name(service: Service, store: Store) -> None:
    await store()
    await store(receiver="null")

    answer = await service.http.get("/notifications?receiver=null")

    assert answer.json()["total"] == 1


async def test_marks_seen(service: Service, store: Store) -> None:
    path = f"/notifications/{await store()}"

    answer = await service.http.patch(path, json={"is_seen": True})

    assert (answer.status_code, answer.json()["is_seen"]) == (200, True)
    assert (await service.http.get(path)).json() == answer.json()


async def test_no_such_notification(service: Service) -> None:
    path = f"/notifications/{UUID('019a0000-0000-7000-8000-000000000000')}"

    assert (await service.http.get(path)).status_code == 404
    assert (await service.http.patch(path, json={"is_seen": True})).status_code == 404


async def test_counts(service: Service, store: Store) -> None:
    for receiver in ("ada", "ada", "bob"):
        await store(receiver=receiver)

    answer = await service.http.get("/reports/notifications?by=receiver&bucket=1d")

    counts: dict[str, int] = {}
    for item in answer.json()["items"]:
        counts[item["key"]] = counts.get(item["key"], 0) + item["count"]
    assert counts == {"ada": 2, "bob": 1}

    answer = await service.http.get("/reports/notifications?receiver=ada&bucket=1d")

    assert sum(item["count"] for item in answer.json()["items"]) == 2


@pytest.mark.parametrize("until", ("0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z"))
async def test_a_report_from_before_all_ids_is_empty(service: Service, until: str) -> None:
    answer = await service.http.get("/reports/notifications", params={"until": until})

    assert (answer.status_code, answer.json()) == (200, {"items": []})
