from pathlib import Path

import pytest

from scripts.update.rescue import NOTES, rescue
from tests.scripts.update.repository import commit, git, repository


@pytest.fixture
def pristine(tmp_path: Path) -> Path:
    folder = tmp_path / "pristine"
    folder.mkdir()
    for name in ("untouched", "edited"):
        (folder / f"{name}.md").write_text("as rendered\n")
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return repository(
        tmp_path / "project", untouched="as rendered\n", edited="mine\n", own="mine alone\n"
    )


def test_an_edited_file_that_was_deleted_comes_back_with_a_note(
    project: Path, pristine: Path
) -> None:
    for name in ("untouched", "edited"):
        (project / f"{name}.md").unlink()

    rescued = rescue(project, pristine)

    assert [each.path for each in rescued] == ["edited.md"]
    assert (project / "edited.md").read_text() == "mine\n"
    assert not (project / "untouched.md").exists()
    notes = (project / NOTES).read_text()
    assert "## `edited.md`" in notes
    assert "-as rendered\n+mine\n" in notes


def test_a_file_of_the_users_own_comes_back_whole(project: Path, pristine: Path) -> None:
    (project / "own.md").unlink()

    (rescued,) = rescue(project, pristine)

    assert (project / "own.md").read_text() == "mine alone\n"
    assert "+mine alone\n" in rescued.difference


def test_where_nothing_is_lost_there_are_no_notes(project: Path, pristine: Path) -> None:
    (project / "untouched.md").unlink()

    assert rescue(project, pristine) == []
    assert not (project / NOTES).exists()


def test_a_project_may_be_a_folder_of_a_repository_and_have_any_names(
    tmp_path: Path, pristine: Path
) -> None:
    whole = repository(tmp_path / "whole")
    project = whole / "services" / "one"
    project.mkdir(parents=True)
    name = 'zoë "und" \\ so.md'
    (project / name).write_bytes(b"\xff\n")
    (whole / "elsewhere.md").write_text("not of this project\n")
    commit(whole)
    (project / name).unlink()
    (whole / "elsewhere.md").unlink()

    (rescued,) = rescue(project, pristine)

    assert rescued.path == name
    assert (project / name).read_bytes() == b"\xff\n"
    assert git(whole, "status", "--porcelain").splitlines()[0] == " D elsewhere.md"
