"""Settings that an attacker has written: in `.env`, in files and from commands."""

import os
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.e2e.process import run
from tests.free_ports import FREE_PORTS

SECRET = "hush-hush"
PG = "postgresql+asyncpg://u:hush-hush@"
LINES = {
    "a NUL in a path": ("DATABASE_URL_FILE=a\0b", "DATABASE_URL_FILE names a file"),
    "a NUL in a number": ("HTTP_PORT=80\x0000", "HTTP_PORT is malformed"),
    "digits of another script": ("HTTP_PORT=٣٣٣٣", "HTTP_PORT is malformed"),
    "more than a float has": ("CACHE_TTL=1e309", "CACHE_TTL is malformed"),
    "no number": ("CACHE_TTL=nan", "CACHE_TTL is malformed"),
    "infinity": ("SHUTDOWN_GRACE=inf", "SHUTDOWN_GRACE is malformed"),
    "the largest float": ("SHUTDOWN_GRACE=1e308", "SHUTDOWN_GRACE is malformed"),
    "a negative time": ("JOURNAL_RETENTION=-1", "JOURNAL_RETENTION is malformed"),
    "a negative port": ("HTTP_PORT=-1", "HTTP_PORT is malformed"),
    "a port as a path": ("HTTP_PORT=/etc/passwd", "HTTP_PORT is malformed"),
    "a port as hex": ("HTTP_PORT=0x1F90", "HTTP_PORT is malformed"),
    "a unit": ("RETENTION=99999999999d", "RETENTION is malformed"),
    "a time of a million years": ("IDEMPOTENCY_TTL=9e12", "IDEMPOTENCY_TTL is malformed"),
    "endless delays": ("RETRY_DELAYS=1,1e308", "RETRY_DELAYS is malformed"),
    "empty delays": ("RETRY_DELAYS=,,,", "RETRY_DELAYS is malformed"),
    "text that turns round": ("ENVIRONMENT=\u202enoitcudorp", "ENVIRONMENT is malformed"),
    "a terminal's command": ('ENVIRONMENT="\x1b[2J"', "ENVIRONMENT is malformed"),
    "an open quote": (f'AUTH_JWT_KEY="{SECRET}', "line 1 cannot be read"),
    "a line without a name": (f"={SECRET}", "line 1 cannot be read"),
    "a database's broken address": (f"DATABASE_URL={PG}[::1/x", "DATABASE_URL"),
    "a database's port as a word": (f"DATABASE_URL={PG}h:port/x", "DATABASE_URL"),
    "an unknown database": (f"DATABASE_URL=file://u:{SECRET}@h/x", "DATABASE_URL"),
    "a broker's broken address": (f"BROKER_URL=amqp://u:{SECRET}@[::1/x", "BROKER_URL"),
    "a broker's port as a word": (f"BROKER_URL=amqp://u:{SECRET}@h:port/", "BROKER_URL"),
    "a cache's broken address": (f"CACHE_URL=redis://u:{SECRET}@[::1/x", "CACHE_URL"),
    "a cache's port as a word": (f"CACHE_URL=redis://u:{SECRET}@h:port/", "CACHE_URL"),
    "a file that is a folder": ("AUTH_JWT_KEY_FILE=/tmp", "AUTH_JWT_KEY_FILE names a file"),
    "a file that is missing": ("AUTH_JWT_KEY_FILE=../../no", "AUTH_JWT_KEY_FILE names a file"),
    "a file without an end": ("AUTH_JWT_KEY_FILE=/dev/zero", "has more than 1,048,576 bytes"),
    "a command that fails": (
        f"AUTH_JWT_KEY_COMMAND=sh -c 'echo {SECRET}; exit 3'",
        "AUTH_JWT_KEY_COMMAND has failed with exit code 3",
    ),
    "a command that floods": ("AUTH_JWT_KEY_COMMAND=yes hush-hush", "prints more than 65,536"),
    "a command that is not there": ("AUTH_JWT_KEY_COMMAND=/no/such", "cannot be run"),
    "a command that asks": ("AUTH_JWT_KEY_COMMAND=sh -c 'read a; echo $a'", "prints nothing"),
    "a command that is no secret's": ("HTTP_PORT_COMMAND=echo 1", "HTTP_PORT_COMMAND"),
}
# Each takes ten seconds, which is how long it may.
SLOW = {
    "a command that hangs": "AUTH_JWT_KEY_COMMAND=sleep 40",
    "a command that leaves a process": (
        "AUTH_JWT_KEY_COMMAND=sh -c 'setsid sleep 40 & echo hush-hush'"
    ),
    "a file that nobody writes": "AUTH_JWT_KEY_FILE=pipe",
}


def refused(folder: Path, **settings: str) -> str:
    """Return the one line in which `serve` ends with 2, without the secret."""
    ended = run(folder, "serve", **FREE_PORTS | settings)
    assert (ended.returncode, ended.stdout) == (2, ""), ended
    assert ended.stderr.startswith("error: ")
    assert ended.stderr.count("\n") == 1
    assert ended.stderr[:-1].isprintable()
    assert SECRET not in ended.stderr
    assert not (folder / "var").exists()
    return ended.stderr


@pytest.mark.attack("malformed setting", "env")
@pytest.mark.parametrize("what", LINES)
def test_a_line_is_refused_by_name(tmp_path: Path, what: str) -> None:
    line, told = LINES[what]
    (tmp_path / ".env").write_text(f"{line}\n")
    assert told in refused(tmp_path, **_without(line))


@pytest.mark.attack("malformed setting", "env")
@pytest.mark.parametrize("what", ("folder", "pipe", "no end", "no text", "no link"))
def test_a_file_is_refused(tmp_path: Path, what: str) -> None:
    dotenv = tmp_path / ".env"
    match what:
        case "folder":
            dotenv.mkdir()
        case "pipe":
            os.mkfifo(dotenv)
        case "no end":
            dotenv.symlink_to("/dev/zero")
        case "no text":
            dotenv.write_bytes(b"AUTH_JWT_KEY=hush-hush\xff\n")
        case "no link":
            dotenv.symlink_to(".env")
    assert "error: .env cannot be read: " in refused(tmp_path)


@pytest.mark.attack("setting that hangs", "env")
@pytest.mark.parametrize("what", SLOW)
def test_a_source_that_gives_nothing_is_given_up(tmp_path: Path, what: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / ".env").write_text(f"{SLOW[what]}\n")
    began = time.monotonic()
    assert "within 10 s" in refused(tmp_path)
    assert time.monotonic() - began < 20


@pytest.mark.attack("strange but good file", "env")
@pytest.mark.parametrize(
    "content",
    (
        b"\xef\xbb\xbfCACHE_TTL=7\n",
        b"CACHE_TTL=7\r\nOPS_HOST=127.0.0.1\r\n",
        b"CACHE_TTL=1\nCACHE_TTL=7\n",
        b"export CACHE_TTL='7'",
        b"# \xe2\x80\xae\n\n\nCACHE_TTL = 7 # comment\n",
    ),
    ids=("byte order mark", "CRLF", "twice", "export", "comments"),
)
def test_it_is_read(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "elsewhere").write_bytes(content)
    (tmp_path / ".env").symlink_to("elsewhere")
    ended = run(tmp_path, "describe", "--json")
    assert ended.returncode == 0, ended
    assert '"CACHE_TTL": 7' in ended.stdout


def _without(line: str) -> Mapping[str, str]:
    """Return the ports of a test, save the one that the line gives: a variable would win."""
    name = line.partition("=")[0]
    return {each: "" for each in FREE_PORTS if name.startswith(each)}
