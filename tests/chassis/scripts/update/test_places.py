"""Moves to a path that another file has, and moves of files that are deleted or ignored."""

from pathlib import Path

import pytest

from scripts.update.moves import Moves
from scripts.update.refused import Refused
from scripts.update.rescue import NOTES
from tests.chassis.scripts.update.moving import (
    AFTER,
    BEFORE,
    GONE,
    MOVES,
    NEW,
    OLD,
    edited,
    moving,
    source,
)
from tests.chassis.scripts.update.repository import git
from tests.chassis.scripts.update.scene import Scene, commit_all, make_scene, write


def ignore(made: Scene, name: str) -> None:
    """Take a file out of git, and leave it where it is."""
    (made.project / ".git/info/exclude").write_text(f"{name}\n")
    git(made.project, "rm", "--quiet", "--cached", name)
    commit_all(made.project)


def test_a_moved_file_that_an_answer_takes_away_is_kept_aside(tmp_path: Path) -> None:
    made = moving(
        tmp_path,
        {"src/app/a.py": edited(OLD)},
        **{"src/chassis/a.py": None, "src/chassis/b.py": None},
    )

    assert [each.path for each in made.update().rescued] == ["src/chassis/a.py"]
    kept = edited(OLD).replace("app.b", "chassis.b")
    assert made.read("dropped/src/chassis/a.py.yours") == kept
    assert not (made.project / "src").exists()


def test_what_was_kept_aside_before_its_file_moved_comes_back_to_the_new_place(
    tmp_path: Path,
) -> None:
    made = make_scene(tmp_path, {**BEFORE}, GONE, {"src/app/a.py": edited(OLD)})
    made.update()
    commit_all(made.project)
    later = Scene(made.project, made.new, made.old, MOVES)
    write(later.new, AFTER)

    outcome = later.update()

    assert (outcome.conflicts, outcome.returned) == ([], ["src/chassis/a.py"])
    assert later.read("src/chassis/a.py") == edited(NEW)
    assert not (later.project / "dropped").exists()


def test_a_file_that_its_user_has_deleted_does_not_come_back_elsewhere(tmp_path: Path) -> None:
    made = moving(tmp_path, {"src/app/a.py": None})

    assert made.update().conflicts == []
    assert source(made.project) == ["src/chassis", "src/chassis/b.py"]


def test_a_deleted_file_that_was_dropped_and_moved_does_not_come_back(tmp_path: Path) -> None:
    made = make_scene(tmp_path, BEFORE, GONE, {"src/app/a.py": None})
    made.update()
    commit_all(made.project)
    later = Scene(made.project, made.new, made.old, MOVES)
    write(later.new, AFTER)

    assert later.plan().withheld == ["src/chassis/a.py"]
    later.update()

    assert source(later.project) == ["src/chassis", "src/chassis/b.py"]
    assert not (later.project / "dropped").exists()


def test_a_user_who_has_moved_a_file_before_has_it_merged(tmp_path: Path) -> None:
    ours = edited(OLD).replace("app.b", "app.b")
    made = moving(tmp_path, {"src/app/a.py": None, "src/chassis/a.py": ours})

    assert made.update().conflicts == []
    assert made.read("src/chassis/a.py") == edited(NEW)


def test_a_file_of_the_users_in_the_new_place_is_a_conflict_and_the_edited_one_kept(
    tmp_path: Path,
) -> None:
    made = moving(tmp_path, {"src/app/a.py": edited(OLD), "src/chassis/a.py": "mine = 1\n"})

    outcome = made.update()

    assert outcome.conflicts == ["src/chassis/a.py"]
    assert "mine = 1\n" in made.read("src/chassis/a.py")
    assert [each.path for each in outcome.rescued] == ["src/app/a.py"]
    assert "'ours'" in made.read("dropped/src/app/a.py.yours")
    assert (made.project / NOTES).exists()


def test_of_two_files_that_became_one_the_first_has_its_edits_merged(tmp_path: Path) -> None:
    moves = Moves((("a.py", "c.py"), ("b.py", "c.py")))
    made = make_scene(
        tmp_path,
        {"a.py": OLD, "b.py": "x = 1\n", "own.py": ""},
        {"a.py": None, "b.py": None, "c.py": NEW},
        {"a.py": edited(OLD), "b.py": "x = 2\n", "own.py": "import b\n"},
        moves=moves,
    )

    outcome = made.update()

    assert outcome.conflicts == []
    assert "LINE_2 = 'ours'" in made.read("c.py")
    assert [each.path for each in outcome.rescued] == ["b.py"]
    assert made.read("own.py") == "import c\n"


def test_files_that_change_places(tmp_path: Path) -> None:
    made = make_scene(
        tmp_path,
        {"a.py": OLD, "b.py": "x = 1\n"},
        {"a.py": "x = 1\n", "b.py": OLD.replace("LINE_17 = 17", "LINE_17 = 'theirs'")},
        {"a.py": edited(OLD)},
        moves=Moves((("a.py", "c.py"), ("b.py", "a.py"), ("c.py", "b.py"))),
    )

    assert made.update().conflicts == []
    assert "LINE_2 = 'ours'" in made.read("b.py")
    assert "LINE_17 = 'theirs'" in made.read("b.py")
    assert made.read("a.py") == "x = 1\n"


def test_a_deleted_file_stays_deleted_where_another_takes_its_place(tmp_path: Path) -> None:
    made = make_scene(
        tmp_path,
        {"a.py": OLD, "b.py": "x = 1\n"},
        {"a.py": "x = 2\n", "b.py": OLD},
        {"a.py": None},
        moves=Moves((("a.py", "c.py"), ("b.py", "a.py"), ("c.py", "b.py"))),
    )

    assert made.update().conflicts == []
    assert made.read("a.py") == "x = 2\n"
    assert not (made.project / "b.py").exists()


def test_an_ignored_file_moves_on_the_disk(tmp_path: Path) -> None:
    made = moving(tmp_path, {})
    ignore(made, "src/app/a.py")

    made.update()

    assert made.read("src/chassis/a.py") == NEW
    assert not (made.project / "src/app").exists()


@pytest.mark.parametrize("name", ("src/app/a.py", "src/chassis/b.py"))
def test_what_git_has_no_copy_of_stops_the_update(tmp_path: Path, name: str) -> None:
    made = moving(tmp_path, {})
    if name in BEFORE:
        ignore(made, name)
    else:
        (made.project / ".git/info/exclude").write_text("src/chassis\n")
    write(made.project, {name: "mine = 1\n"})
    status = made.status()

    with pytest.raises(Refused, match="git add -f"):
        made.update()

    assert made.read(name) == "mine = 1\n"
    assert made.status() == status


def test_a_change_that_git_overlooks_in_a_file_of_the_users_own_stops_the_update(
    tmp_path: Path,
) -> None:
    made = moving(tmp_path, {"own.py": "import app.a\n"})
    git(made.project, "update-index", "--assume-unchanged", "own.py")
    write(made.project, {"own.py": "import app.a  # More.\n"})

    with pytest.raises(Refused, match=r"own\.py has been changed"):
        made.update()

    assert made.read("own.py") == "import app.a  # More.\n"
