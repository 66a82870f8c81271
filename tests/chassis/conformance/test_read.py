from uuid import uuid4

import pytest

from chassis.domain.ids import new_id
from chassis.infrastructure.clock import system_clock
from tests.chassis.conformance.driver import Driver
from tests.chassis.conformance.support import failed, listed, new

NOBODYS = str(new_id(system_clock()))


async def test_a_list_is_filtered_and_paged(caller: Driver) -> None:
    await caller.register([new("ada", "a"), new("ada", "b"), new("bob", "a")])
    await listed(caller, 3)

    assert (await caller.list(receiver="ada"))["total"] == 2
    assert (await caller.list(receiver="ada", action_type="b"))["total"] == 1
    assert (await caller.list(is_seen=True))["items"] == []
    page = await caller.list(page=2, size=2)
    assert (page["page"], page["size"], page["total"], len(page["items"])) == (2, 2, 3, 1)


async def test_a_list_goes_on_by_cursor(caller: Driver) -> None:
    ids = await caller.register([new() for _ in range(5)])
    await listed(caller, 5)

    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        part = await caller.list(cursor=cursor, size=2)
        found += [item["id"] for item in part["items"]]
        cursor = part["next_cursor"]
    assert found == ids[::-1]


async def test_seen_is_set_and_taken_back(caller: Driver) -> None:
    (identity,) = await caller.register([new()])
    await listed(caller, 1)

    for is_seen in (True, False):
        assert (await caller.mark_seen(identity, is_seen))["is_seen"] is is_seen
        assert (await caller.get(identity))["is_seen"] is is_seen
        assert (await caller.list(is_seen=is_seen))["total"] == 1


async def test_what_is_not_there_is_not_found(caller: Driver, subtests: pytest.Subtests) -> None:
    for what, identity in (("unknown", NOBODYS), ("version 4", str(uuid4()))):
        with subtests.test(what):
            assert (await failed(caller.get(identity))).kind == "not-found"
            assert (await failed(caller.mark_seen(identity, True))).kind == "not-found"


async def test_a_report_counts(caller: Driver) -> None:
    await caller.register([new("ada", "a"), new("ada", "b"), new("bob", "a")])
    await listed(caller, 3)

    by_type = (await caller.report(bucket="1d", by="action_type"))["items"]
    assert {(item["key"], item["count"]) for item in by_type} == {("a", 2), ("b", 1)}
    by_receiver = (await caller.report(bucket="1d", by="receiver", action_type="a"))["items"]
    assert {(item["key"], item["count"]) for item in by_receiver} == {("ada", 1), ("bob", 1)}


async def test_a_query_out_of_bounds_is_refused_by_the_name_of_its_field(caller: Driver) -> None:
    for asking, field in (
        (caller.list(size=201), "size"),
        (caller.list(page=101, size=200), "page"),
        (caller.list(cursor="nonsense"), "cursor"),
        (caller.report(bucket="1y"), "bucket"),
    ):
        error = await failed(asking)
        assert (error.kind, error.field) == ("invalid", field)
