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
from unittest.mock import patch

from app.__main__ import main


def observed(listener: socket.socket) -> Callable[..., Any]:
    """Return a `Runner.run` for whose loop a thread answers each connection with its tasks."""
    run = asyncio.Runner.run

    def running(runner: asyncio.Runner, coroutine: Coroutine[Any, Any, Any]) -> Any:
        arguments = (listener, runner.get_loop())
        threading.Thread(target=_tell, args=arguments, daemon=True).start()
        return run(runner, coroutine)

    return running


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
    with socket.socket(socket.AF_UNIX) as control:
        control.bind(sys.argv.pop(1))
        control.listen()
        with patch.object(asyncio.Runner, "run", observed(control)):
            main()
