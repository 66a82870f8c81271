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
    """Return the URL of a server; raises `Missing` where there is none that tests can use.

    `folder` is the run's own: what the first caller has found is noted there for the others.
    """
    note = folder / f"{kind.name}.json"
    with FileLock(note.with_suffix(".lock")):
        if not note.exists():
            note.write_text(json.dumps(_find(kind)))
    found: dict[str, str] = json.loads(note.read_text())
    if "missing" in found:
        raise Missing(found["missing"])
    return found["url"]


def start(kind: type[Server]) -> Server:
    """Return a running server, from a program or as a container; raises `Missing`."""
    try:
        return kind().started()
    except Missing as missing:
        return Container(kind, missing).started()


def _find(kind: type[Server]) -> dict[str, str]:
    given = os.environ.get(kind.variable)
    if given:
        fault = kind.fault_at(given)
        return {"missing": f"the server of {kind.variable} {fault}"} if fault else {"url": given}
    try:
        server = start(kind)
    except Missing as missing:
        return {"missing": str(missing)}
    _started.append(server)
    return {"url": server.url}
