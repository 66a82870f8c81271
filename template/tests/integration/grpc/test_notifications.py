"""Register, read, mark and count, with nothing lost on the way."""

import json
from datetime import UTC, datetime
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from app.interfaces.grpc.generated.notifications.v1 import notifications_pb2 as pb
from tests.integration.grpc.serving import Client, Failed

# Characters of a request that tell which one it was.
SHOWN = 80
FIRED = datetime(2030, 1, 2, 3, 4, 5, 678_901, UTC)
# Neither survives a google.protobuf.Struct.
DATA = {"big": 2**53 + 1, "whole": 1, "text": "héllo", "deep": {"list": [None, True, 1.5]}}


def new(receiver: str = "ada", **more: Any) -> pb.NewNotification:
    return pb.NewNotification(**{"receiver": receiver, "action_type": "greeted"} | more)


async def register(client: Client, *asked: pb.NewNotification, key: str | None = None) -> list[str]:
    metadata = (("idempotency-key", key),) if key is not None else ()
    request = pb.RegisterRequest(notifications=asked)
    return list((await client.ask("Register", request, metadata=metadata)).ids)


async def refused(client: Client, *asked: pb.NewNotification, key: str | None = None) -> Failed:
    with pytest.raises(Failed) as caught:
        await register(client, *asked, key=key)
    return caught.value


async def test_nothing_is_lost(client: Client, quiet: Any) -> None:
    stamp = Timestamp()
    stamp.FromDatetime(FIRED)
    asked = new(action_data=json.dumps(DATA), actioner="bob", fired_at=stamp)

    [identity] = await register(client, asked)
    await quiet([identity])
    got = (await client.ask("Get", pb.GetRequest(id=identity))).notification

    assert (got.id, got.receiver, got.action_type) == (identity, "ada", "greeted")
    assert json.loads(got.action_data) == DATA
    assert (got.actioner, got.fired_at.ToDatetime(UTC)) == ("bob", FIRED)
    assert got.registered_at.seconds > 1_700_000_000
    assert not got.is_seen


async def test_what_is_left_out_has_its_default(client: Client, quiet: Any) -> None:
    [identity] = await register(client, new())
    await quiet([identity])
    got = (await client.ask("Get", pb.GetRequest(id=identity))).notification

    assert (got.action_data, got.HasField("actioner")) == ("{}", False)
    assert got.fired_at == got.registered_at


async def test_the_same_key_gives_the_same_ids_and_no_other_body(client: Client) -> None:
    first = await register(client, new(), new("bob"), key="order-7")

    assert await register(client, new(), new("bob"), key="order-7") == first
    failed = await refused(client, new("eve"), key="order-7")
    assert failed.code is grpc.StatusCode.ALREADY_EXISTS


@pytest.mark.parametrize("key", ("", "a b", "x" * 256))
async def test_a_wrong_key_is_named(client: Client, key: str) -> None:
    assert (await refused(client, new(), key=key)).fields[0][0] == "idempotency-key"


async def test_at_least_one_and_at_most_a_thousand(client: Client) -> None:
    assert (await refused(client)).fields[0][0] == "notifications"
    failed = await refused(client, *[new()] * 1001)
    assert (failed.code, failed.info.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "too-many")


async def test_a_wrong_field_is_named_by_its_path(
    client: Client, subtests: pytest.Subtests
) -> None:
    for asked, field in (
        (new(""), "receiver"),
        (new("x" * 65), "receiver"),
        (new(action_type=""), "action_type"),
        (new(action_data="{"), "action_data"),
        (new(action_data="[]"), "action_data"),
        (new(action_data='{"a":' * 100_000), "action_data"),
        (new(action_data='{"a": ' * 40 + "1" + "}" * 40), "action_data"),
        (new(action_data='{"a": "\\u0000"}'), "action_data.a"),
        (new(action_data='{"a": "\\ud800"}'), "action_data"),
        (new(actioner=""), "actioner"),
        (new(fired_at=Timestamp(seconds=2**60)), "fired_at"),
        (new(fired_at=Timestamp(nanos=-1)), "fired_at"),
    ):
        for before in (0, 2):
            with subtests.test(str(asked)[:SHOWN], before=before):
                failed = await refused(client, *[new()] * before, asked)

                status = (failed.code, failed.info.reason)
                assert status == (grpc.StatusCode.INVALID_ARGUMENT, "invalid")
                assert failed.fields[0][0] == f"notifications[{before}].{field}"


async def test_marks_and_filters(client: Client, quiet: Any) -> None:
    ids = await register(client, new(), new())
    await quiet(ids)

    asked = pb.MarkSeenRequest(id=ids[0], is_seen=True)
    assert (await client.ask("MarkSeen", asked)).notification.is_seen
    unseen = await client.ask("List", pb.ListRequest(is_seen=False))
    assert [item.id for item in unseen.items] == ids[1:]
    with pytest.raises(Failed) as caught:
        await client.ask("MarkSeen", pb.MarkSeenRequest(id=ids[0]))
    assert caught.value.fields == [("is_seen", "is missing")]


@pytest.mark.parametrize(
    "identity",
    ("", "x" * 100_000, "019a0000-0000-7000-8000-000000000000", "0" * 32),
    ids=("empty", "long", "unknown", "another version"),
)
async def test_under_another_id_there_is_nothing(client: Client, identity: str) -> None:
    for name, asked in (
        ("Get", pb.GetRequest(id=identity)),
        ("MarkSeen", pb.MarkSeenRequest(id=identity, is_seen=True)),
    ):
        with pytest.raises(Failed) as caught:
            await client.ask(name, asked)
        assert caught.value.info.reason == "not-found"


async def test_counts(client: Client, quiet: Any) -> None:
    await quiet(await register(client, new(), new(), new("bob")))

    asked = pb.ReportRequest(by=pb.REPORT_BY_RECEIVER, bucket="1d")
    told = await client.ask("Report", asked)
    assert {item.key: item.count for item in told.items} == {"ada": 2, "bob": 1}
    [by_type] = (await client.ask("Report", pb.ReportRequest(bucket="1d"))).items
    assert (by_type.key, by_type.count) == ("greeted", 3)
    assert by_type.bucket == told.items[0].bucket


@pytest.mark.parametrize(
    ("asked", "field"),
    ((pb.ReportRequest(bucket="1y"), "bucket"), (pb.ReportRequest(by=9), "by")),  # type: ignore[arg-type]  # of a newer client
)
async def test_a_wrong_report_is_named(client: Client, asked: Any, field: str) -> None:
    with pytest.raises(Failed) as caught:
        await client.ask("Report", asked)
    assert caught.value.fields[0][0] == field
