import json
import shutil
import stat
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.conftest import copy
from tests.cookies import Cookiecutter, bytes_of, small_template

REFUSAL = "Validation error for question 'author': it must be one line of"

# Stands in the place of a command: notes what it was called with, and lets the real Copier do it.
# A shell starts it: the path of a Python with a space cannot be in the first line.
COMMAND = """\
#!/bin/sh
'''exec' '{python}' "$0" "$@"
' '''
import json, pathlib, subprocess, sys

name, *arguments = pathlib.Path(sys.argv[0]).name, *sys.argv[1:]
with open({record!r}, "a") as record:
    record.write(json.dumps([name, *arguments]) + "\\n")
options = arguments[arguments.index("copy") :]
sys.exit(subprocess.run([{python!r}, "-m", "copier", *options]).returncode)
"""


@pytest.fixture(scope="module")
def small(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_template(template, tmp_path_factory.mktemp("small") / "shallot")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a Python that has cookiecutter, as this one has it, and no Copier."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, symlinks=True)
    there = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if not package.name.startswith("copier") and not (there / package.name).exists():
            (there / package.name).symlink_to(package)
    return str(folder / "bin" / "python")


@pytest.fixture
def commands(tmp_path: Path) -> Path:
    """Return a folder that is the whole PATH: it has git."""
    folder = tmp_path / "commands"
    folder.mkdir()
    git = shutil.which("git")
    assert git
    (folder / "git").symlink_to(git)
    return folder


@pytest.mark.parametrize(
    ("present", "called"),
    [
        (["uvx", "pipx", "copier"], ["copier", "copy"]),
        (["uvx", "pipx"], ["uvx", "copier", "copy"]),
        (["pipx"], ["pipx", "run", "copier", "copy"]),
    ],
)
def test_copier_is_taken_from_the_path_and_refuses_in_the_same_words(
    small: Path, bare: str, commands: Path, tmp_path: Path, present: list[str], called: list[str]
) -> None:
    record = tmp_path / "record"
    for name in present:
        command(commands / name, record)
    cookiecutter = Cookiecutter(tmp_path / "home", bare, {"PATH": str(commands)})
    done = cookiecutter.run(small, answers={"author": " "})
    (call,) = map(json.loads, record.read_text().splitlines())
    assert call[: len(called)] == called
    assert done.stderr.startswith(REFUSAL)
    assert list(cookiecutter.output.iterdir()) == []


def test_copier_of_the_path_makes_the_service(
    small: Path, bare: str, commands: Path, tmp_path: Path
) -> None:
    command(commands / "uvx", tmp_path / "record")
    cookiecutter = Cookiecutter(tmp_path / "home", bare, {"PATH": str(commands)})
    said = cookiecutter.make(small)
    assert said.startswith("  My Service is made.")
    copy(small, tmp_path / "copied", {})
    assert bytes_of(cookiecutter.output / "my-service") == bytes_of(tmp_path / "copied")


def test_copier_that_can_be_imported_comes_first(
    small: Path, commands: Path, tmp_path: Path
) -> None:
    record = tmp_path / "record"
    command(commands / "copier", record)
    cookiecutter = Cookiecutter(tmp_path / "home", variables={"PATH": str(commands)})
    done = cookiecutter.run(small, answers={"author": " "})
    assert done.stderr.startswith(REFUSAL)
    assert not record.exists()


@pytest.mark.parametrize("there_before", [False, True])
def test_without_copier_it_says_what_to_install_and_leaves_nothing(
    small: Path, bare: str, commands: Path, tmp_path: Path, there_before: bool
) -> None:
    cookiecutter = Cookiecutter(tmp_path / "home", bare, {"PATH": str(commands)})
    if there_before:
        (cookiecutter.output / "my-service").mkdir(parents=True)
        (cookiecutter.output / "my-service" / "own.txt").write_text("own")
    done = cookiecutter.run(small, "--overwrite-if-exists")
    assert done.returncode == 1
    assert done.stderr.strip().endswith("for example: pip install copier")
    assert sorted(bytes_of(cookiecutter.output)) == ["my-service/own.txt"] * there_before
    assert len(list(cookiecutter.output.iterdir())) == int(there_before)


def command(path: Path, record: Path) -> None:
    path.write_text(COMMAND.format(python=sys.executable, record=str(record)))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
