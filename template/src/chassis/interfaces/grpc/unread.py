"""Answers in gRPC's buffers that their clients have not read yet."""

import asyncio
import logging
from collections.abc import Callable
from contextvars import Context

from grpc.aio import InternalError

from chassis.interfaces.grpc import observe
from chassis.interfaces.grpc.refused import TooSlow

log = logging.getLogger(__name__)

# Bytes that wait for clients, of all connections together.
BUDGET = 64 * 2**20
# Bytes a second that a client must read, at least, once it is late.
SPEED = 4 * 2**20
# Bytes that may be late on a connection whose client reads other answers.
LATE_BYTES = 2**20
# Bytes of a call in addition to its answer.
CALL_BYTES = 32 * 2**10
# Seconds after which a client is slow, and between two checks.
SLOW = 1.0

type Task = asyncio.Task[object]


class _Connection:
    def __init__(self, now: float) -> None:
        self.calls = 0
        self.size = 0
        # The time at which each reading client last took an answer.
        self.taken_at = now


class _Answer:
    def __init__(self, peer: str, connection: _Connection, size: int, since: float) -> None:
        self.peer = peer
        self.connection = connection
        self.size = size
        self.since = since


class Unread:
    """Cuts the connections of clients that do not read: gRPC has no way to cut a call.

    An answer is late after `timeout` seconds, and one more for each `SPEED` bytes that wait on its
    connection. The connection is cut if its client has read nothing since, or if `LATE_BYTES` are
    late. Over `BUDGET` bytes, the connections with most of them are cut, unless they wait only for
    a moment.
    """

    def __init__(self, timeout: float, cut: Callable[[str], bool]) -> None:
        self.size = 0
        self._timeout = timeout
        self._tick = min(SLOW, timeout)
        self._cut = cut
        # The oldest first.
        self._answers: dict[Task, _Answer] = {}
        self._connections: dict[str, _Connection] = {}
        self._has_timer = False

    def __len__(self) -> int:
        """Return how many calls have an answer that is not read."""
        return len(self._answers)

    def last(self, call: observe.Context, message: bytes) -> bytes:
        """Return the message, which is the last one that the current task sends through gRPC."""
        task = self._enter(call, len(message))
        task.add_done_callback(self._leave)
        return message

    async def send(self, call: observe.Context, message: bytes, *, is_only: bool = False) -> None:
        """Send one of several messages; raises `TooSlow` if it is not read in time.

        `is_only` means that no other comes before it: gRPC could then send no status either, and
        the end of its connection ends the wait.
        """
        task = self._enter(call, len(message))
        try:
            async with asyncio.timeout(None if is_only else self._timeout):
                await call.write(message)
        except TimeoutError:
            # gRPC keeps it for as long as the call lasts.
            task.add_done_callback(self._leave)
            raise TooSlow("the client reads nothing") from None
        except InternalError:
            # The connection is lost, and with it the receiver of an error.
            self._leave(task)
            raise asyncio.CancelledError from None
        except BaseException:
            self._leave(task)
            raise
        self._leave(task)

    def _enter(self, call: observe.Context, size: int) -> Task:
        loop = asyncio.get_running_loop()
        task: Task | None = asyncio.current_task()
        assert task is not None
        peer, now = call.peer(), loop.time()
        connection = self._connections.get(peer)
        if connection is None:
            connection = self._connections[peer] = _Connection(now)
        size += CALL_BYTES
        connection.calls += 1
        connection.size += size
        self.size += size
        self._answers[task] = _Answer(peer, connection, size, now)
        if not self._has_timer:
            self._look_later(loop)
        return task

    def _leave(self, task: Task) -> None:
        answer = self._answers.pop(task)
        connection = answer.connection
        connection.calls -= 1
        connection.size -= answer.size
        connection.taken_at = asyncio.get_running_loop().time()
        self.size -= answer.size
        if not connection.calls:
            del self._connections[answer.peer]

    def _look_later(self, loop: asyncio.AbstractEventLoop) -> None:
        self._has_timer = True
        # Outside of any call's context, whose ids the log would show.
        loop.call_later(self._tick, self._look, loop, context=Context())

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._has_timer = False
        if not self._answers:
            return
        self._look_later(loop)
        slow, late = self._sort(loop.time())
        for peer, answers in late.items():
            taken_at = self._connections[peer].taken_at
            size = sum(answer.size for answer in answers)
            if size > LATE_BYTES or taken_at <= answers[0].since:
                self._end(peer, "the client reads nothing")
        over = self.size - BUDGET
        for peer in sorted(slow, key=self._weigh, reverse=True):
            if over <= 0:
                break
            over -= self._weigh(peer)
            self._end(peer, "too many answers are unread")

    def _sort(self, now: float) -> tuple[set[str], dict[str, list[_Answer]]]:
        """Return the slow connections, and the late answers of each that has some."""
        slow: set[str] = set()
        late: dict[str, list[_Answer]] = {}
        for answer in self._answers.values():
            age = now - answer.since
            if age < self._tick:
                break
            slow.add(answer.peer)
            if age >= self._timeout + answer.connection.size / SPEED:
                late.setdefault(answer.peer, []).append(answer)
        return slow, late

    def _weigh(self, peer: str) -> int:
        return self._connections[peer].size

    def _end(self, peer: str, reason: str) -> None:
        if self._cut(peer):
            fields = {"peer": peer, "bytes": self._weigh(peer), "reason": reason}
            log.warning("a connection is cut", extra=fields)
