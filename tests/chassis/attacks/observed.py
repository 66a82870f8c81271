"""Serves as the console script does, and tells on a socket which tasks run.

`python -m tests.chassis.attacks.observed SOCKET serve [OPTIONS]`
"""

import asyncio
import json
import socket
import sys
import threading
from collections import Counter
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any

from app.__main__ import main


class ObservedRunner(asyncio.Runner):
    """Runs the service; another thread answers each connection with the tasks of its loop."""

    listener: socket.socket

    def run[Result](
        self, coro: Coroutine[Any, Any, Result], *, context: Any = None
    ) -> Result:
        """Run a coroutine."""
        threading.Thread(target=_tell, args=(self.listener, self.get_loop()), daemon=True).start()
        return super().run(coro, context=context)


def _tell(listener: socket.socket, loop: asyncio.AbstractEventLoop) -> None:
    while True:
        connection, _ = listener.accept()
        counted: Future[Counter[str]] = Future()
        loop.call_soon_threadsafe(_count, loop, counted.set_result)
        with connection:
            connection.sendall(json.dumps(counted.result()).encode())


def _count(loop: asyncio.AbstractEventLoop, done: Callable[[Counter[str]], None]) -> None:
    coroutines: list[Any] = [task.get_coro() for task in asyncio.all_tasks(loop)]
    done(Counter(getattr(each, "__qualname__", repr(each)) for each in coroutines))


if __name__ == "__main__":
    ObservedRunner.listener = socket.socket(socket.AF_UNIX)
    ObservedRunner.listener.bind(sys.argv.pop(1))
    ObservedRunner.listener.listen()
    asyncio.Runner = ObservedRunner  # type: ignore[misc] (what `serve` runs)
    main()
