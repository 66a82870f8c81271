import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from tools.client.poster import Poster
from tools.client.reader import Blocks, Reader

HEAD = b"HTTP/1.1 200 OK\r\nx-request-id: 7\r\ntransfer-encoding: chunked\r\n\r\n"
EVENTS = (
    b"7\r\nid: 1\n\n\r\n"
    b'2b\r\nid: 2\nevent: notification\ndata: {"id: 9": 1}\n\n\r\n'
    b"c\r\nretry: 1500\n\n\r\n0\r\n\r\n"
)

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def served(talk: Talk) -> AsyncIterator[str]:
    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_blocks_come_out_whole_whatever_the_pieces(size: int) -> None:
    seen: list[re.Match[bytes]] = []
    blocks = Blocks(seen.append)
    received = HEAD + EVENTS
    for first in range(0, len(received), size):
        blocks.feed(received[first : first + size])
    assert blocks.status == 200
    assert [block["id"] for block in seen] == [b"1", b"2", None]
    assert seen[1]["data"] == b'{"id: 9": 1}'
    assert seen[2]["retry"] == b"1500"


def test_a_reader_comes_back_with_its_cursor() -> None:
    requests = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(HEAD + EVENTS.replace(b"1500", b"1"))
        writer.close()

    async def follow() -> None:
        came = asyncio.Queue[bytes]()
        async with served(talk) as url:
            reader = Reader(url, "receiver=ada", lambda data, _: came.put_nowait(data), retry=0)
            following = asyncio.create_task(reader.follow())
            async with asyncio.timeout(10):
                assert [await came.get(), await came.get()] == [b'{"id: 9": 1}'] * 2
            following.cancel()
        assert reader.cuts >= 1

    asyncio.run(follow())
    assert requests[0].startswith(b"GET /stream?receiver=ada HTTP/1.1\r\n")
    assert b"last-event-id" not in requests[0]
    assert b"last-event-id: 2\r\n" in requests[1]


def test_a_reader_tells_of_events_of_any_name_and_of_nothing_else() -> None:
    blocks = (
        b"id: 1\nevent: notification\ndata: {}\n\n"
        b"id: 2\nevent: reset\ndata: 2\n\nid: 3\n\n"
        b"id: 4\nevent: order.placed\ndata: []\n\n"
        b"id: 5\nevent: closed\ndata: expired\n\n"
    )

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD + blocks)
        await reader.read()

    async def follow() -> None:
        came = list[tuple[str, bytes]]()
        async with served(talk) as url:
            reader = Reader(url, "", lambda data, _: came.append((reader.event, data)))
            following = asyncio.create_task(reader.follow())
            async with asyncio.timeout(10):
                while reader.cursor != "5":
                    await asyncio.sleep(0)
            following.cancel()
        assert came == [("notification", b"{}"), ("order.placed", b"[]")]
        assert reader.resets == 1

    asyncio.run(follow())


def test_a_reader_that_is_cut_comes_back_where_it_was_moved_to() -> None:
    requests = dict[str, list[bytes]](first=[], second=[])

    def replica(name: str) -> Talk:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            requests[name].append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(HEAD + EVENTS.replace(b"1500", b"1"))
            await reader.read()

        return talk

    async def follow() -> None:
        came = asyncio.Queue[str]()
        async with served(replica("first")) as first, served(replica("second")) as second:
            reader = Reader(first, "", lambda *_: came.put_nowait(reader.cursor), retry=0)
            following = asyncio.create_task(reader.follow())
            async with asyncio.timeout(10):
                assert await came.get() == "2"
                reader.move(second)
                reader.cut()
                assert await came.get() == "2"
            following.cancel()
        assert reader.cuts == 1

    asyncio.run(follow())
    assert [len(asked) for asked in requests.values()] == [1, 1]
    assert b"last-event-id: 2\r\n" in requests["second"][0]


def test_a_connection_serves_one_request_after_the_other() -> None:
    connections = 0

    paths = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while head := await reader.readuntil(b"\r\n\r\n"):
            paths.append(head.split()[1])
            length = int(head.lower().partition(b"content-length: ")[2].split()[0])
            answer = await reader.readexactly(length)
            writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: %d\r\n\r\n" % length)
            await writer.drain()
            writer.write(answer)

    async def post() -> None:
        async with served(talk) as url:
            poster = Poster(url, connections=1)
            for body, path in ((b"{}", None), (b"[1, 2]", "/orders")):
                answer = await poster.post(body, key="k", path=path)
                assert (answer.status, answer.body) == (202, body)
            poster.close()

    asyncio.run(post())
    assert connections == 1
    assert paths == [b"/notifications", b"/orders"]


def test_a_connection_that_is_lost_before_the_answer_is_an_error() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async def post() -> None:
        async with served(talk) as url:
            with pytest.raises(ConnectionResetError):
                await Poster(url).post(b"{}")

    asyncio.run(post())
