"""Lists by page and by cursor, in every role."""

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from app.interfaces.grpc.generated.notifications.v1 import notifications_pb2 as pb
from tests.integration.conftest import Store
from tests.integration.grpc.serving import Client, Failed


async def test_pages_and_parts(client: Client, store: Store) -> None:
    ids = [str(await store(receiver)) for receiver in (*["ada"] * 5, "bob")]

    page = await client.ask("List", pb.ListRequest(receiver="ada", page=2, size=2))
    assert [item.id for item in page.items] == [ids[2], ids[1]]
    assert (page.page, page.size, page.total) == (2, 2, 5)
    assert not page.HasField("next_cursor")
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        part = await client.ask("List", pb.ListRequest(cursor=cursor, size=4))
        assert not part.HasField("total")
        found += [item.id for item in part.items]
        cursor = part.next_cursor if part.HasField("next_cursor") else None
    assert found == ids[::-1]


async def test_a_wrong_query_is_named(client: Client, subtests: pytest.Subtests) -> None:
    for asked, field in (
        (pb.ListRequest(size=0), "size"),
        (pb.ListRequest(size=201), "size"),
        (pb.ListRequest(page=0), "page"),
        (pb.ListRequest(cursor="x"), "cursor"),
        (pb.ListRequest(until=Timestamp(seconds=-(2**60))), "until"),
    ):
        with subtests.test(str(asked)):
            with pytest.raises(Failed) as caught:
                await client.ask("List", asked)
            assert caught.value.fields[0][0] == field
