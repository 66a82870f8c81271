"""The requests to a service that holds the largest notifications."""

import asyncio
import json
import socket
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

import grpc.aio
import httpx

from tools.client.poster import Poster
from tools.drill.hostile import http2
from tools.drill.hostile.sockets import close, connect
from tools.drill.hostile.target import Target
from tools.drill.memory.bodies import body
from tools.drill.over.grpc import SERVICE, messages
from tools.drill.subscriber import Subscriber

BUFFER = 4096
PATIENCE = 300.0
# Longer than a client may take that reads nothing.
DEAF = 25.0
# The address of the deaf clients. Callers that share an address share its memory budget.
ELSEWHERE = "127.0.0.2"
# A page of size 18: the fields 6 and 7 of a `ListRequest`, as varints.
PAGE = b"\x30\x01\x38\x12"


async def post(target: Target, contents: Iterable[str], at_once: int = 4) -> Counter[int]:
    """Register these one by one, those that are turned away again; return the other statuses."""
    poster = Poster(target.process.url, connections=at_once, patience=PATIENCE)

    async def insist(content: bytes) -> int:
        while (status := (await poster.post(content)).status) == 503:
            await asyncio.sleep(0.2)
        return status

    try:
        found = await asyncio.gather(*(insist(body(each)) for each in contents))
    finally:
        poster.close()
    return Counter(found)


async def pages(target: Target, query: str, count: int, *, insists: bool = True) -> Counter[int]:
    """Ask for as many lists at once; return the statuses. A caller that `insists` retries until it
    is served.
    """
    async with httpx.AsyncClient(base_url=target.process.url, timeout=PATIENCE) as http:

        async def ask() -> int:
            while True:
                async with http.stream("GET", f"/notifications?{query}") as answer:
                    async for _ in answer.aiter_raw():
                        pass
                if answer.status_code != 503 or not insists:
                    return answer.status_code
                await asyncio.sleep(int(answer.headers["retry-after"]))

        return Counter(await asyncio.gather(*(ask() for _ in range(count))))


async def walk(target: Target) -> int:
    """Go through the whole list by cursor; return how many there are."""
    found, cursor = 0, ""
    async with httpx.AsyncClient(base_url=target.process.url, timeout=PATIENCE) as http:
        while cursor is not None:
            answer = await http.get("/notifications", params={"size": 200, "cursor": cursor})
            part = answer.raise_for_status().json()
            found += len(part["items"])
            cursor = part["next_cursor"]
    return found


@asynccontextmanager
async def deaf(port: int, first: bytes, count: int) -> AsyncIterator[None]:
    """Have as many clients ask for this and read nothing, for as long as they may and the block."""
    crowd: list[socket.socket] = []
    try:
        for _ in range(count):
            crowd.append(await asyncio.to_thread(connect, port, ELSEWHERE, buffer=BUFFER))
        for each in crowd:
            each.sendall(first)
        waiting = asyncio.create_task(asyncio.sleep(DEAF))
        yield
        await waiting
    finally:
        close(crowd)


def get(target: Target, path: str) -> bytes:
    """Return a request, as bytes."""
    return f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{target.ports['http']}\r\n\r\n".encode()


async def lists(target: Target, count: int, crowd: int) -> Counter[int]:
    """Ask for as many lists, once, while a crowd reads none; return the statuses."""
    first = get(target, "/notifications?size=19")
    async with deaf(target.ports["http"], first, crowd):
        return await pages(target, "size=19", count, insists=False)


async def resume(target: Target, count: int, wanted: int) -> int:
    """Have subscribers resume from the beginning, with four times as many deaf ones.

    Return how many of them saw all.
    """
    epoch = await _epoch(target)
    first = get(target, f"/stream?last_event_id={epoch}.0")
    async with deaf(target.ports["http"], first, 4 * count):
        seen = await asyncio.gather(*(_resumed(target, epoch, wanted) for _ in range(count)))
    return sum(number >= wanted for number in seen)


async def _epoch(target: Target) -> str:
    """Return what cursors begin with: the first item of a stream says where it is."""
    async with (
        httpx.AsyncClient(base_url=target.process.url) as http,
        http.stream("GET", "/stream") as answer,
    ):
        line = await anext(answer.aiter_lines())
    return line.removeprefix("id: ").partition(".")[0]


async def _resumed(target: Target, epoch: str, wanted: int) -> int:
    seen = set()
    cursor = ""
    async with (
        asyncio.timeout(PATIENCE),
        httpx.AsyncClient(base_url=target.process.url, timeout=PATIENCE) as http,
        http.stream("GET", f"/stream?last_event_id={epoch}.0") as answer,
    ):
        # By line: what is looked for may lie in two parts.
        async for line in answer.aiter_lines():
            if line.startswith("id: "):
                cursor = line
            elif line == "event: notification":
                seen.add(cursor)
                if len(seen) >= wanted:
                    break
    return len(seen)


async def follow(target: Target, contents: Sequence[str], count: int) -> int:
    """Register while as many subscribers follow, with deaf ones; return how many saw all."""
    subscribers = [Subscriber(target.process.url) for _ in range(count)]
    first = get(target, "/stream")
    async with deaf(target.ports["http"], first, count), asyncio.TaskGroup() as group:
        following = [group.create_task(_saw(each, len(contents))) for each in subscribers]
        await asyncio.gather(*(each.back() for each in subscribers))
        await post(target, contents)
        return sum([await each for each in following])


async def _saw(subscriber: Subscriber, wanted: int) -> bool:
    async with asyncio.timeout(PATIENCE), subscriber.following():
        while len(subscriber.seen) < wanted:
            await asyncio.sleep(0.1)
    return True


async def batches(target: Target, count: int) -> Counter[int]:
    """Send batches of a hundred lists on as many connections; return the codes of the answers."""
    request = {"jsonrpc": "2.0", "method": "notifications.list", "params": {"size": 15}}
    line = json.dumps([{**request, "id": number} for number in range(100)]).encode() + b"\n"

    async def ask() -> Counter[int]:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", target.ports["tcp"], limit=2**28
        )
        try:
            writer.write(line)
            async with asyncio.timeout(PATIENCE):
                answers = json.loads(await reader.readline())
            return Counter(each.get("error", {}).get("code", 0) for each in answers)
        finally:
            writer.close()

    async with deaf(target.ports["tcp"], line, count):
        found = await asyncio.gather(*(ask() for _ in range(count)))
    return sum(found, Counter[int]())


async def grpc_lists(target: Target, count: int) -> Counter[str]:
    """Call `List` as often at once, with deaf clients; return the status codes of the calls."""
    pb = messages(target.service.path)
    options = (("grpc.max_receive_message_length", -1),)
    first = http2.HELLO + b"".join(
        http2.call(2 * n + 1, f"{SERVICE}/List", PAGE) for n in range(count)
    )
    async with (
        deaf(target.ports["grpc"], first, 4),
        grpc.aio.insecure_channel(f"127.0.0.1:{target.ports['grpc']}", options=options) as channel,
    ):
        method = channel.unary_unary(
            f"{SERVICE}/List",
            request_serializer=pb.ListRequest.SerializeToString,
            response_deserializer=len,
        )

        async def ask() -> str:
            try:
                await method(pb.ListRequest(size=15), timeout=PATIENCE)
            except grpc.aio.AioRpcError as error:
                return str(error.code().name)
            return "OK"

        return Counter(await asyncio.gather(*(ask() for _ in range(count))))
