"""The connections that are closed because of unread answers."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

import pytest

from chassis.application.bulkhead_handlers import ANSWERS, OUTLAST
from chassis.interfaces.grpc import unread as module
from chassis.interfaces.grpc.observe import Context
from chassis.interfaces.grpc.refused import TooSlow
from chassis.interfaces.grpc.unread import CALL_BYTES, SLOW, SPEED, Unread
from chassis.interfaces.serving.limits import Limits

TIMEOUT = 0.05


class Call:
    """A call on a connection, whose client takes a message when it `takes`."""

    def __init__(self, peer: str, takes: asyncio.Event | None = None) -> None:
        self._peer = peer
        self._takes = takes or asyncio.Event()

    def peer(self) -> str:
        return self._peer

    async def write(self, message: bytes) -> None:
        await self._takes.wait()

    @property
    def context(self) -> Context:
        return cast("Context", self)


class Server:
    """Cuts connections, which ends the calls on them."""

    def __init__(self, timeout: float = TIMEOUT) -> None:
        self.cut: list[str] = []
        self.unread = Unread(timeout, self._cut)
        self._tasks: dict[str, list[asyncio.Task[None]]] = {}

    def send(
        self, peer: str, size: int = 1, takes: asyncio.Event | None = None
    ) -> asyncio.Task[None]:
        """Send the only message of a call."""
        call = Call(peer, takes).context
        return self.run(peer, self.unread.send(call, bytes(size), is_only=True))

    def answer(self, peer: str, size: int = 1) -> asyncio.Task[None]:
        """Answer a unary call, which gRPC sends in the same task."""

        async def answer() -> None:
            assert self.unread.last(Call(peer).context, bytes(size)) == bytes(size)
            await asyncio.Event().wait()

        return self.run(peer, answer())

    def run(self, peer: str, work: Awaitable[None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        assert isinstance(task, asyncio.Task)
        self._tasks.setdefault(peer, []).append(task)
        return task

    def _cut(self, peer: str) -> bool:
        self.cut.append(peer)
        for task in self._tasks[peer]:
            task.cancel()
        return True


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("way", (Server.send, Server.answer))
async def test_a_connection_on_which_nothing_is_taken_is_cut(
    way: Callable[[Server, str], asyncio.Task[None]],
) -> None:
    server = Server()
    way(server, "deaf")
    await until(lambda: server.cut == ["deaf"])
    await until(lambda: len(server.unread) == 0)
    assert server.unread.size == 0


async def test_what_is_taken_is_forgotten() -> None:
    server, takes = Server(), asyncio.Event()
    task = server.send("good", takes=takes)
    await asyncio.sleep(0)
    assert (len(server.unread), server.unread.size) == (1, CALL_BYTES + 1)
    takes.set()
    await task
    assert (len(server.unread), server.unread.size) == (0, 0)
    await asyncio.sleep(3 * TIMEOUT)
    assert server.cut == []


async def test_a_late_answer_waits_on_a_connection_on_which_others_are_taken() -> None:
    server = Server()
    late, takes = server.send("shared"), asyncio.Event()
    takes.set()
    await server.send("shared", takes=takes)
    await asyncio.sleep(4 * TIMEOUT)
    assert server.cut == []
    late.cancel()


async def test_much_that_is_late_waits_on_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LATE_BYTES", CALL_BYTES)
    server = Server()
    server.send("shared")
    while not server.cut:
        takes = asyncio.Event()
        taken = server.send("shared", takes=takes)
        takes.set()
        await asyncio.wait([taken])
        await asyncio.sleep(0.005)
    assert server.cut == ["shared"]


async def test_over_the_bytes_for_all_the_one_that_holds_most_is_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "BUDGET", 2 * CALL_BYTES + 600)
    monkeypatch.setattr(module, "SLOW", 0.01)
    server = Server(600)
    small = server.send("small", 100)
    server.send("large", 400)
    await asyncio.sleep(0.05)
    assert server.cut == []

    other = server.send("other", 300)
    await until(lambda: server.cut == ["large"])
    await asyncio.sleep(0.05)
    assert server.cut == ["large"]
    for task in (small, other):
        task.cancel()


async def test_a_slow_reader_has_a_time_that_grows_with_what_it_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "SPEED", 1)
    server = Server()
    task = server.send("large")
    await asyncio.sleep(4 * TIMEOUT)
    assert server.cut == []
    task.cancel()


async def test_a_stream_hears_of_it_and_its_message_counts_until_the_call_ends() -> None:
    server = Server()
    call = Call("deaf").context

    async def stream() -> None:
        with pytest.raises(TooSlow):
            await server.unread.send(call, b"1")
        assert len(server.unread) == 1
        await asyncio.Event().wait()

    server.run("deaf", stream())
    await until(lambda: server.cut == ["deaf"])
    await until(lambda: len(server.unread) == 0)


def test_whoever_waits_for_a_list_outlasts_a_client_that_reads_nothing() -> None:
    assert Limits().send_timeout + ANSWERS * 2 / 3 / SPEED + SLOW < OUTLAST
