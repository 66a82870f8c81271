"""The shell scripts of this repository and of a service, found by what their text says."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Render, files, tool
from tests.matrix import CASES, WORDINGS
from tools.service import ROOT
from tools.working_tree import listed

# A script, or a part that scripts source.
_SHELL = re.compile(rb"#!.*\b(?:ba|da|k)?sh\b|(?:#.*\n)*# shellcheck shell=")


def is_shell(path: Path) -> bool:
    """Return whether the file is for a shell."""
    if not path.is_file() or path.is_symlink():
        return False
    with path.open("rb") as file:
        return bool(_SHELL.match(file.read(1000)))


def found_by_linter(folder: Path, names: list[str]) -> str:
    """Return what shellcheck prints, without any option: `.shellcheckrc` has them."""
    command = [tool("shellcheck"), *names]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def test_linter_finds_nothing_in_this_repository() -> None:
    names = [name for name in listed(ROOT) if is_shell(ROOT / name)]
    assert {"run", ".ci/run", "template/deploy/server/backup"} <= {*names}
    assert "template/deploy/server/backup-common" in names
    assert found_by_linter(ROOT, names) == ""


@pytest.mark.parametrize("name", [*CASES, *WORDINGS])
def test_linter_finds_nothing_in_a_service(render: Render, name: str) -> None:
    project = render(name)
    names = sorted(path for path in files(project) if is_shell(project / path))
    assert "scripts/install.sh" in names
    assert found_by_linter(project, names) == ""


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("#!/usr/bin/env bash\n", True),
        ("#!/bin/sh -eu\n", True),
        ("# Shared.\n# shellcheck shell=bash\n", True),
        ("#!/usr/bin/env python3\n", False),
        ("bash\n", False),
    ],
)
def test_script_is_known_by_its_text(tmp_path: Path, text: str, is_one: bool) -> None:
    script = tmp_path / "script"
    script.write_text(text)
    assert is_shell(script) is is_one


def test_linter_finds_a_fault(tmp_path: Path) -> None:
    (tmp_path / "script").write_text("#!/bin/bash\necho $1\n")
    assert "SC2086" in found_by_linter(tmp_path, ["script"])
