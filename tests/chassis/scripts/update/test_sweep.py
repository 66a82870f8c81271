import py_compile
from pathlib import Path

import pytest

from scripts.update.sweep import sweep
from tests.chassis.scripts.update.scene import write


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that has run, and has lost three of its files."""
    project = tmp_path / "project"
    gone = ("part/a.py", "part/deep/b.py", "both/c.py")
    write(project, dict.fromkeys((*gone, "both/stays.py"), ""))
    for file in list(project.rglob("*.py")):
        py_compile.compile(str(file))
    write(project, dict.fromkeys(gone))
    return project


def test_what_is_left_of_files_that_are_gone_goes(project: Path) -> None:
    assert list(project.rglob("*.pyc"))

    sweep(project, ["part/a.py", "part/deep/b.py", "both/c.py"])

    assert [path.name for path in sorted(project.rglob("*.py*"))][1:] == ["stays.py"]
    assert len(list(project.rglob("*.pyc"))) == 1
    assert sorted(path.name for path in project.iterdir()) == ["both"]


def test_a_folder_with_anything_else_stays(project: Path) -> None:
    (project / "part" / "deep" / "notes.txt").write_text("mine\n")

    sweep(project, ["part/a.py", "part/deep/b.py"])

    assert (project / "part" / "deep" / "notes.txt").read_text() == "mine\n"
    assert list((project / "part").rglob("*.pyc")) == []


def test_bytecode_of_what_is_still_there_stays(project: Path) -> None:
    sweep(project, ["both/stays.py"])

    assert len(list((project / "both").rglob("*.pyc"))) == 2
