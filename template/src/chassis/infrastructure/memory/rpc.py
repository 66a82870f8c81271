"""Remote jobs inside the process, for callers and workers that share it."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Collection, Sequence
from itertools import count

from msgspec import Struct
from msgspec.structs import replace

from chassis.application.errors import Busy, NoWorker
from chassis.application.ports.rpc import ReceivedCall, RpcRequest

# Requests of a job that wait.
REQUESTS = 100_000
RETRY_AFTER = 1


class _Waiting(Struct):
    request: RpcRequest
    until: float
    answer: asyncio.Future[bytes]
    is_redelivered: bool = False


class MemoryRpc:
    """The queues of the jobs, and the workers that take from them."""

    def __init__(self, prefetch: int) -> None:
        self.prefetch = prefetch
        self.queues: dict[str, deque[_Waiting]] = {}
        self.servers: list[MemoryRpcServer] = []
        self.tags = count(1)

    async def call(self, request: RpcRequest) -> bytes:
        """Queue the request for a worker, and return the reply; the errors are the port's."""
        queue = self.queues.get(request.job)
        if queue is None or not any(request.job in server.jobs for server in self.servers):
            raise NoWorker(f"no worker in this process has the job {request.job}")
        if len(queue) >= REQUESTS:
            raise Busy(f"too many requests wait for {request.job}: try again", RETRY_AFTER)
        loop = asyncio.get_running_loop()
        waiting = _Waiting(request, loop.time() + request.within, loop.create_future())
        queue.append(waiting)
        self.notify()
        try:
            return await waiting.answer
        except asyncio.CancelledError:
            for server in self.servers:
                server.cancelled(request.id)
            raise

    def server(self) -> "MemoryRpcServer":
        """Return the side of one more worker."""
        return MemoryRpcServer(self)

    def notify(self) -> None:
        """Let the workers look for requests."""
        for server in self.servers:
            server.changed.set()


class MemoryRpcServer:
    """One worker: at most `prefetch` requests of each job are without a reply."""

    def __init__(self, rpc: MemoryRpc) -> None:
        self.jobs: Collection[str] = ()
        self.cancelled: Callable[[str], None] = lambda _: None
        self.changed = asyncio.Event()
        self._rpc = rpc
        self._taken: dict[int, _Waiting] = {}

    async def start(self, jobs: Collection[str], cancel: Callable[[str], None]) -> None:
        """Begin to take requests for these jobs."""
        self.jobs = jobs
        self.cancelled = cancel
        for job in jobs:
            self._rpc.queues.setdefault(job, deque())
        if self not in self._rpc.servers:
            self._rpc.servers.append(self)

    async def receive(self) -> Sequence[ReceivedCall]:
        """Wait for requests and return them."""
        while not (received := self._take()):
            self.changed.clear()
            await self.changed.wait()
        return received

    def reply(self, call: ReceivedCall, body: bytes | None) -> None:
        """Pass the reply to the caller, if it still waits."""
        waiting = self._taken.pop(call.tag, None)
        if waiting is not None and body is not None and not waiting.answer.done():
            waiting.answer.set_result(body)
        self.changed.set()

    async def stop(self) -> Sequence[ReceivedCall]:
        """Take no more requests; all that were taken have been returned."""
        if self in self._rpc.servers:
            self._rpc.servers.remove(self)
        return ()

    async def close(self) -> None:
        """Give the requests without a reply to other workers."""
        await self.stop()
        for waiting in self._taken.values():
            waiting.is_redelivered = True
            self._rpc.queues[waiting.request.job].appendleft(waiting)
        self._taken.clear()
        self._rpc.notify()

    def _take(self) -> list[ReceivedCall]:
        now = asyncio.get_running_loop().time()
        running = Counter(waiting.request.job for waiting in self._taken.values())
        received = []
        for job in self.jobs:
            queue = self._rpc.queues[job]
            while queue and running[job] < self._rpc.prefetch:
                waiting = queue.popleft()
                if waiting.answer.done() or waiting.until <= now:
                    continue
                running[job] += 1
                tag = next(self._rpc.tags)
                self._taken[tag] = waiting
                request = replace(waiting.request, within=waiting.until - now)
                received.append(ReceivedCall(tag, request, "", waiting.is_redelivered))
        return received
