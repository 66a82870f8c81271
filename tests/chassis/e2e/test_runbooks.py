"""The commands of the runbooks, as an operator pastes them."""

import re
import shlex
from pathlib import Path

from tests.e2e.process import run

RUNBOOKS = Path(__file__).parents[3] / "docs" / "runbooks"
VALUES = {"ID": "1", "NAME": "prune-keys", "KIND": "resize.v1"}
# The exit code for wrong arguments.
USAGE = 2


def test_no_command_of_a_runbook_has_wrong_arguments(tmp_path: Path) -> None:
    pages = "".join(page.read_text("utf-8") for page in sorted(RUNBOOKS.glob("*.md")))
    commands = sorted({*re.findall(r"`python -m app ([^`]+)`", pages)})
    assert len(commands) > 10
    settings = {"DATABASE_URL": "sqlite+aiosqlite:///runbooks.db"}
    for name, value in VALUES.items():
        commands = [re.sub(rf"\b{name}\b", value, command) for command in commands]
    done = {command: run(tmp_path, *shlex.split(command), **settings) for command in commands}

    assert {it: made.stderr for it, made in done.items() if made.returncode == USAGE} == {}
