"""Servers that all tests of one run share, whichever worker needs one first."""

import json
import os
from pathlib import Path

from filelock import FileLock

from tests.servers.containers import Container
from tests.servers.missing import Missing
from tests.servers.server import Server

# The servers that this process started for the run; their guards end them with it.
_started: list[Server] = []


def shared_url(kind: type[Server], folder: Path) -> str:
    """Return the URL of a server; raises `Missing` where there is none to be had.

    `folder` is the run's own: what the first caller has found is noted there for the others.
    """
    given = os.environ.get(kind.variable)
    if given:
        return given
    note = folder / f"{kind.name}.json"
    with FileLock(note.with_suffix(".lock")):
        if not note.exists():
            note.write_text(json.dumps(_start(kind)))
    found: dict[str, str] = json.loads(note.read_text())
    if "missing" in found:
        raise Missing(found["missing"])
    return found["url"]


def start(kind: type[Server]) -> Server:
    """Return a running server, from a program or as a container; raises `Missing`."""
    try:
        server = kind()
    except Missing:
        server = Container(kind)
    try:
        server.start()
    except BaseException:
        server.close()
        raise
    return server


def _start(kind: type[Server]) -> dict[str, str]:
    try:
        server = start(kind)
    except Missing as missing:
        return {"missing": str(missing)}
    _started.append(server)
    return {"url": server.url}
