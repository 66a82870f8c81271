"""Nothing can be written: each command says so in one line, and leaves nothing that is not whole.

`/dev/full` refuses each byte, as a full disk does.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.e2e.process import TIMEOUT, environment, run

KEY = {"AUTH": "jwt", "AUTH_JWT_KEY": "x" * 48}
PRINTING = {
    "describe": ("describe",),
    "describe as JSON": ("describe", "--json"),
    "token": ("token",),
    "token as JSON": ("token", "--json"),
    "openapi": ("export", "openapi"),
    "openrpc": ("export", "openrpc"),
    "SQL": ("migrate", "--sql"),
    "dead letters": ("dead-letters", "list", "--json"),
}


@pytest.mark.attack("disk full", "cli")
@pytest.mark.parametrize("what", PRINTING)
def test_what_a_command_prints(tmp_path: Path, what: str) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    with Path("/dev/full").open("wb") as full:
        ended = _ended(tmp_path, PRINTING[what], full.fileno())
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended
    assert ended.stderr.startswith("error: ")
    assert "No space left on device" in ended.stderr


@pytest.mark.attack("reader that has gone", "cli")
@pytest.mark.parametrize("what", PRINTING)
def test_whose_reader_has_gone(tmp_path: Path, what: str) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    reader, writer = os.pipe()
    os.close(reader)
    ended = _ended(tmp_path, PRINTING[what], writer)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (1, "")


def _ended(folder: Path, arguments: Sequence[str], stdout: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=folder,
        env=environment(KEY),
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
