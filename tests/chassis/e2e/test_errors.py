"""An error at the start is one line that says what to do."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.process import environment, run
from tests.free_ports import FREE_PORTS


@pytest.mark.parametrize("command", ("serve", "doctor"))
@pytest.mark.parametrize(
    ("settings", "told"),
    (
        ({"HTTP_PORT": "eighty"}, "HTTP_PORT is malformed"),
        ({"HTTP_PORT": "99999"}, "HTTP_PORT is malformed"),
        ({"ENVIRONMENT": "staging"}, "ENVIRONMENT is malformed"),
        ({"DATABSE_URL": "sqlite+aiosqlite:///x.db"}, "did you mean DATABASE_URL?"),
        ({"DATABASE_URL": "mysql://secret@host/db"}, "DATABASE_URL"),
        ({"BROKER_URL": "kafka://secret@host"}, "BROKER_URL must start with one of"),
        ({"CACHE_URL": "nothing"}, "CACHE_URL must start with one of"),
        ({"DATABASE_URL_FILE": "missing"}, "DATABASE_URL_FILE names a file that cannot be read"),
    ),
)
def test_wrong_settings(tmp_path: Path, command: str, settings: dict[str, str], told: str) -> None:
    ended = run(tmp_path, command, **FREE_PORTS | settings)
    said = ended.stderr if command == "serve" else ended.stdout
    assert ended.returncode == (2 if command == "serve" else 1), ended
    [line] = [line for line in said.splitlines() if told in line]
    assert "secret" not in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    assert line.startswith("error: " if command == "serve" else "✗ ")


@pytest.mark.parametrize("server", ("HTTP", "OPS"))
def test_the_doctor_finds_a_port_that_is_taken(tmp_path: Path, server: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = run(tmp_path, "doctor", **FREE_PORTS | {f"{server}_PORT": port})
    assert ended.returncode == 1, ended
    [line] = [line for line in ended.stdout.splitlines() if port in line]
    assert f"set {server}_PORT to a free port, or 0 for any" in line


def test_the_doctor_finds_a_database_that_cannot_be_written(tmp_path: Path) -> None:
    # A file in the place of the folder stops even root, whom permissions do not.
    (tmp_path / "var").write_text("")
    ended = run(tmp_path, "doctor", **FREE_PORTS)
    assert ended.returncode == 1, ended
    [line] = [line for line in ended.stdout.splitlines() if line.startswith("✗ database")]
    assert "the folder var" in line
    assert "DATABASE_URL" in line


@pytest.mark.parametrize(
    ("arguments", "told"),
    (
        (("serve", "--role", "baker"), "there is no role baker here"),
        (("serve", "--server", "smtp"), "there is no server smtp here"),
        (("serve", "--prot", "1"), "Unknown option"),
        (("srve",), "Unknown command"),
        (("send",), "send takes RECEIVER and ACTION_TYPE"),
        (("send", "ada", "greeted", "{"), "DATA is no JSON"),
        (("tail", "--via", "ftp://x"), "--via takes the URL"),
        (("migrate", "--check", "--sql"), "--check or --sql"),
    ),
)
def test_wrong_calls(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    ended = run(tmp_path, *arguments)
    assert ended.returncode == 2, ended
    assert ended.stderr.startswith("error: ")
    assert ended.stderr.count("\n") == 1
    assert told in ended.stderr


def test_debug_adds_the_traceback(tmp_path: Path) -> None:
    ended = run(tmp_path, "serve", "--debug", HTTP_PORT="eighty")
    assert ended.stderr.startswith("error: HTTP_PORT is malformed")
    assert "Traceback" in ended.stderr


def test_production_needs_access_control(tmp_path: Path) -> None:
    ended = run(tmp_path, "serve", ENVIRONMENT="production")
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: ENVIRONMENT=production")


def test_output_that_cannot_be_written(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "app", "describe", "--json"],
            cwd=tmp_path,
            env=environment({}),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ended.returncode == 1, ended
    assert ended.stderr == "error: OSError: [Errno 28] No space left on device\n"


def test_a_service_that_is_not_there(tmp_path: Path) -> None:
    for arguments in (("send", "ada", "greeted"), ("tail",)):
        ended = run(tmp_path, *arguments, "--via", "http://127.0.0.1:1")
        assert ended.returncode == 1, ended
        assert "does not answer" in ended.stderr
        assert ended.stderr.count("\n") == 1
