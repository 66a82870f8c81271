from pathlib import Path

import pytest

from scripts.update.refused import Refused
from tests.chassis.scripts.update.repository import git
from tests.chassis.scripts.update.scene import Scene, commit_all, make_scene, write


def ignore(scene: Scene, name: str) -> None:
    """Take a file out of git, and leave it where it is."""
    (scene.project / ".git" / "info" / "exclude").write_text(f"{name}\n")
    git(scene.project, "rm", "-r", "--quiet", "--cached", name)
    commit_all(scene.project)


def refused(scene: Scene, words: str) -> None:
    """Check that nothing is done, and that it is said why."""
    head, status = git(scene.project, "rev-parse", "HEAD"), scene.status()
    with pytest.raises(Refused, match=words):
        scene.update()
    assert (git(scene.project, "rev-parse", "HEAD"), scene.status()) == (head, status)


@pytest.mark.parametrize("theirs", ("2\n", None))
def test_an_ignored_file_with_edits_stops_the_update(tmp_path: Path, theirs: str | None) -> None:
    scene = make_scene(tmp_path, {"a.md": "1\n", "b.md": "1\n"}, {"a.md": theirs}, {})
    ignore(scene, "a.md")
    write(scene.project, {"a.md": "ours\n"})

    refused(scene, r"a\.md is not as the template has it.*git add -f a\.md")
    assert scene.read("a.md") == "ours\n"


@pytest.mark.parametrize("theirs", ("2\n", None))
def test_an_ignored_file_without_edits_follows(tmp_path: Path, theirs: str | None) -> None:
    scene = make_scene(tmp_path, {"a.md": "1\n", "b.md": "1\n"}, {"a.md": theirs}, {})
    ignore(scene, "a.md")

    scene.update()

    assert (scene.project / "a.md").exists() == bool(theirs)
    assert not theirs or scene.read("a.md") == theirs
    assert scene.status() == []


def test_an_ignored_file_stays_where_the_template_has_not_changed_it(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, {"a.md": "1\n", "b.md": "1\n"}, {"b.md": "2\n"}, {})
    ignore(scene, "a.md")
    write(scene.project, {"a.md": "ours\n"})

    scene.update()

    assert scene.read("a.md") == "ours\n"


@pytest.mark.parametrize("own", ("new", "new/a.md", "new/a.md/b"))
def test_something_in_the_way_of_a_new_file_stops_the_update(tmp_path: Path, own: str) -> None:
    scene = make_scene(tmp_path, {"b.md": "1\n"}, {"new/a.md": "2\n"}, {})
    (scene.project / ".git" / "info" / "exclude").write_text("new\n")
    write(scene.project, {own: "ours\n"})

    refused(scene, "new")
    assert scene.read(own) == "ours\n"


def test_a_link_to_elsewhere_is_not_followed(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, {"b.md": "1\n"}, {"new/a.md": "2\n"}, {})
    (tmp_path / "elsewhere").mkdir()
    (scene.project / "new").symlink_to(tmp_path / "elsewhere")
    commit_all(scene.project)

    refused(scene, "new is a file or a link")
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("mark", ("--assume-unchanged", "--skip-worktree"))
def test_changes_that_git_was_told_to_overlook_stop_the_update(tmp_path: Path, mark: str) -> None:
    scene = make_scene(tmp_path, {"a.md": "1\n"}, {"a.md": "2\n"}, {})
    git(scene.project, "update-index", mark, "a.md")
    write(scene.project, {"a.md": "ours\n"})

    refused(scene, r"a\.md has been changed.*--no-skip-worktree")
    assert scene.read("a.md") == "ours\n"


def test_what_is_the_users_from_the_first_day_is_never_written_again(tmp_path: Path) -> None:
    own = "src/app/bootstrap/own"
    scene = make_scene(
        tmp_path,
        {f"{own}/a.py": "1", f"{own}/b.py": "1", f"{own}/c.py": "1"},
        {f"{own}/a.py": "2", f"{own}/b.py": None, f"{own}/c.py": "2", f"{own}/d.py": "2"},
        {f"{own}/c.py": "ours"},
    )

    scene.update()

    found = [scene.read(f"{own}/{name}.py") for name in "abcd"]
    assert found == ["1", "1", "ours", "2"]


def test_a_file_that_its_user_has_deleted_stays_deleted(tmp_path: Path) -> None:
    scene = make_scene(
        tmp_path,
        {"a.md": "1", "b.md": "1"},
        {"a.md": "2", "b.md": None},
        {"a.md": None, "b.md": None},
    )

    scene.update()

    assert not (scene.project / "a.md").exists()
    # Written down, for the case that the template has it again.
    assert scene.status() == ["A  dropped/deleted.txt"]
    assert scene.read("dropped/deleted.txt") == "b.md\n"


def test_a_folder_that_its_user_has_deleted_stays_deleted_as_a_whole(tmp_path: Path) -> None:
    scene = make_scene(
        tmp_path,
        old={"tests/e2e/a.py": "1", "tests/e2e/deep/b.py": "1", "tests/unit/c.py": "1"},
        new={
            "tests/e2e/a.py": "2",
            "tests/e2e/new.py": "2",
            "tests/e2e/deep/new.py": "2",
            "tests/unit/new.py": "2",
            "tests/other/new.py": "2",
        },
        ours={"tests/e2e/a.py": None, "tests/e2e/deep/b.py": None, "tests/e2e/own.py": "ours"},
    )

    assert scene.plan().withheld == ["tests/e2e/deep/new.py", "tests/e2e/new.py"]
    scene.update()

    assert scene.status() == ["A  tests/other/new.py", "A  tests/unit/new.py"]
    assert scene.read("tests/e2e/own.py") == "ours"
