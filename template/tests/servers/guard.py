"""Runs one server, and sees to it that the server does not outlive whom it was started for.

`python -m tests.servers.guard ORDER`, where ORDER is an `Order` as JSON; prints the server's
process id. It ends with the server, or ends it and removes its folder: on SIGTERM, and when the
process `watch` is gone, however that went.
"""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.servers.tree import is_alive, signal_tree

PAUSE = 0.1
TIMEOUT = 10.0


@dataclass(frozen=True)
class Order:
    """The program, and its end.

    `folder` is the server's own, and `user` the user to run it as (`None`: the present user). `end`
    is the signal, by its name, that ends it fast.
    """

    watch: int
    command: list[str]
    environment: dict[str, str]
    folder: str
    user: str | None
    end: str


def main(order: Order) -> None:
    # A pipe and no `Event`, which has a lock. A handler that comes while its own thread holds the
    # lock, in `wait`, would never get it.
    told, tell = os.pipe()
    signal.signal(signal.SIGTERM, lambda *_: os.write(tell, b"."))
    with (Path(order.folder) / "output.log").open("wb") as output:
        server = subprocess.Popen(
            order.command,
            cwd=order.folder,
            env=order.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=order.user,
            group=order.user,
            extra_groups=None if order.user is None else [],
            start_new_session=True,
        )
    sys.stdout.write(f"{server.pid}\n")
    sys.stdout.flush()
    while server.poll() is None:
        if select.select([told], [], [], PAUSE)[0] or not is_alive(order.watch):
            _end(server, signal.Signals[order.end])
            shutil.rmtree(order.folder, ignore_errors=True)


def _end(server: subprocess.Popen[bytes], end: signal.Signals) -> None:
    signal_tree(server.pid, signal.Signals["SIGCONT"])
    server.send_signal(end)
    try:
        server.wait(TIMEOUT)
    except subprocess.TimeoutExpired:
        signal_tree(server.pid, signal.Signals["SIGKILL"])
        server.wait()


if __name__ == "__main__":
    main(Order(**json.loads(sys.argv[1])))
