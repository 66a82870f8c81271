"""An error that keeps `serve` from starting is one line that says what to do."""

import socket
from pathlib import Path

import pytest

from tests.e2e.process import run
from tests.free_ports import FREE_PORTS

ANY_PORT = FREE_PORTS | {"LOG_LEVEL": "ERROR"}


@pytest.mark.parametrize("server", ("HTTP", "OPS"))
def test_a_port_that_is_taken(tmp_path: Path, server: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = run(tmp_path, "serve", **(ANY_PORT | {f"{server}_PORT": port}))
    assert ended.returncode == 1, ended
    [line] = ended.stderr.splitlines()
    assert line == (
        f"error: {server}_PORT {port} on 127.0.0.1 is taken: "
        f"set {server}_PORT to a free port, or 0 for any"
    )


def test_a_database_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    ended = run(tmp_path, "serve", **ANY_PORT)
    assert ended.returncode == 1, ended
    [line] = ended.stderr.splitlines()
    assert line.startswith("error: cannot make the folder var")
    assert "DATABASE_URL" in line
