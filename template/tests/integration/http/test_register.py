"""POST: one or many, all or nothing, and again with the same key."""

import shutil
from pathlib import Path
from uuid import UUID

from tests.harness import Service

GOOD = {"receiver": "ada", "action_type": "greeted"}


async def test_one_is_accepted_and_found_at_its_location(service: Service) -> None:
    answer = await service.http.post("/notifications", json=GOOD)

    assert answer.status_code == 202
    found = await service.http.get(answer.headers["Location"])
    assert found.status_code == 200
    assert found.json()["id"] == answer.json()["id"]
    assert found.json()["receiver"] == "ada"


async def test_many_are_accepted_in_order(service: Service) -> None:
    receivers = [f"r{number}" for number in range(1000)]

    answer = await service.http.post(
        "/notifications", json=[GOOD | {"receiver": receiver} for receiver in receivers]
    )

    assert answer.status_code == 202
    ids = [UUID(identity) for identity in answer.json()["ids"]]
    stored = {notification.id: notification.receiver for notification in await service.stored()}
    assert [stored[identity] for identity in ids] == receivers


async def test_array_of_one_is_answered_as_an_array(service: Service) -> None:
    answer = await service.http.post("/notifications", json=[GOOD])

    assert answer.status_code == 202
    assert list(answer.json()) == ["ids"]
    assert "Location" not in answer.headers


async def test_vendor_json_is_json(service: Service) -> None:
    answer = await service.http.post(
        "/notifications",
        content=b'{"receiver":"ada","action_type":"greeted"}',
        headers={"Content-Type": "application/vnd.acme+json; charset=utf-8"},
    )

    assert answer.status_code == 202


async def test_whatever_json_can_say_comes_back(service: Service) -> None:
    data = {
        "text": 'Ж \U0001f9c5 " \\ \n',
        "numbers": [0, -1, 2**63, -(2**63), 10**30, 0.1, 1e308, -0.5],
        "rest": [True, False, None, {}, [], ""],
    }

    identity = await service.send(**GOOD, action_data=data)

    found = await service.http.get(f"/notifications/{identity}")
    assert found.json()["action_data"] == data


async def test_same_key_and_body_give_the_same_id(service: Service) -> None:
    headers = {"Idempotency-Key": "order-7"}

    first = await service.http.post("/notifications", json=GOOD, headers=headers)
    second = await service.http.post("/notifications", json=GOOD, headers=headers)

    assert second.status_code == 202
    assert second.json() == first.json()
    assert len(await service.stored()) == 1


async def test_same_key_and_another_body_are_refused(service: Service) -> None:
    headers = {"Idempotency-Key": "order-7"}

    await service.http.post("/notifications", json=GOOD, headers=headers)
    answer = await service.http.post(
        "/notifications", json=GOOD | {"receiver": "bob"}, headers=headers
    )

    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:problem:key-reused"
    assert len(await service.stored()) == 1


async def test_nothing_is_accepted_into_a_database_that_was_removed(tmp_path: Path) -> None:
    async with Service.running(tmp_path / "var") as service:
        assert (await service.http.post("/notifications", json=GOOD)).status_code == 202
        shutil.rmtree(tmp_path / "var")

        answer = await service.http.post("/notifications", json=GOOD)
        read = await service.http.get("/notifications")

    assert (answer.status_code, read.status_code) == (503, 503)
    assert "Retry-After" in answer.headers
    # The rest of the service does not make a new one either.
    assert not (tmp_path / "var").exists()
