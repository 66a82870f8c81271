"""The working tree as a template, and what it renders to."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest
from copier import run_copy

from tests.matrix import CASES, WORDINGS
from tools.service import ROOT

Render = Callable[[str], Path]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the working tree, committed or not, that is no git repository."""
    copy = tmp_path_factory.mktemp("template")
    git = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        # A file that was removed but not yet committed is still listed.
        if (ROOT / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name, follow_symlinks=False)
    return copy


@pytest.fixture(scope="session")
def render(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Render:
    """Return a function from the name of an answer set to its project, rendered once."""
    answer_sets: Mapping[str, Mapping[str, object]] = {**CASES, **WORDINGS}

    @cache
    def rendered(name: str) -> Path:
        project = tmp_path_factory.mktemp(name) / "project"
        copy(template, project, answer_sets[name])
        return project

    return rendered


def copy(template: Path, project: Path, answers: Mapping[str, object]) -> None:
    """Render `template` into `project` with the defaults and `answers`."""
    run_copy(str(template), project, data=dict(answers), defaults=True, quiet=True)


def files(folder: Path) -> set[str]:
    """Return the paths of all files under `folder`, relative to it."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix() for path in found}


def tool(name: str) -> str:
    """Return the path of a command that was installed beside this Python."""
    return str(Path(sys.executable).with_name(name))
