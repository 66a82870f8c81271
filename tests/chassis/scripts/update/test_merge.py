from pathlib import Path

import pytest

from tests.chassis.scripts.update.repository import git
from tests.chassis.scripts.update.scene import make_scene, write

LINES = "".join(f"{number}\n" for number in range(20))
THEIRS = LINES.replace("17\n", "theirs\n")
OURS = LINES.replace("2\n", "ours\n", 1)


@pytest.mark.parametrize("folder", ("", "services/one"))
def test_what_both_have_changed_is_merged(tmp_path: Path, folder: str) -> None:
    scene = make_scene(
        tmp_path,
        old={"both.md": LINES, "theirs.md": "1", "ours.md": "1", "gone.md": "1", "moved/a.md": "1"},
        new={"both.md": THEIRS, "theirs.md": "2", "gone.md": None, "new/new.md": "2"},
        ours={"both.md": OURS, "ours.md": "2", "own.md": "2", "moved/a.md": None},
        project=folder,
    )

    outcome = scene.update()

    assert (outcome.conflicts, outcome.rescued) == ([], [])
    assert scene.read("both.md") == THEIRS.replace("2\n", "ours\n", 1)
    assert scene.read("theirs.md") == scene.read("ours.md") == scene.read("own.md") == "2"
    # Everything is staged, so that one `git commit` takes it and one `git reset --hard` undoes it.
    assert [line[:3] + Path(line[3:]).name for line in scene.status()] == [
        "M  both.md",
        "D  gone.md",
        "A  new.md",
        "M  theirs.md",
    ]
    git(scene.project, "reset", "--quiet", "--hard")
    assert scene.read("both.md") == OURS
    assert not (scene.project / "new").exists()


def test_the_same_lines_are_a_conflict_in_the_file_and_in_git(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, {"a.md": "1\n"}, {"a.md": "theirs\n"}, {"a.md": "ours\n"})

    outcome = scene.update()

    assert outcome.conflicts == ["a.md"]
    assert scene.read("a.md") == (
        "<<<<<<< before updating\nours\n=======\ntheirs\n>>>>>>> after updating\n"
    )
    assert scene.status() == ["UU a.md"]
    assert git(scene.project, "show", ":1:a.md") == "1\n"
    assert git(scene.project, "show", ":2:a.md") == "ours\n"
    assert git(scene.project, "show", ":3:a.md") == "theirs\n"


def test_a_file_that_both_have_added_is_a_conflict_unless_it_is_the_same(tmp_path: Path) -> None:
    scene = make_scene(
        tmp_path,
        {"a.md": "1\n"},
        {"same.md": "2\n", "other.md": "theirs\n"},
        {"same.md": "2\n", "other.md": "ours\n"},
    )

    assert scene.update().conflicts == ["other.md"]
    assert scene.status() == ["AA other.md"]
    assert "ours\n" in scene.read("other.md")


def test_what_is_no_text_is_left_as_it_is_and_a_conflict(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, {"a": "1\0"}, {"a": "theirs\0"}, {"a": "ours\0"})

    assert scene.update().conflicts == ["a"]
    assert scene.read("a") == "ours\0"
    assert scene.status() == ["UU a"]


def test_the_template_makes_a_file_executable_and_the_user_edits_it(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, {"a.sh": LINES}, {"a.sh": THEIRS}, {"a.sh": OURS})
    (scene.new / "a.sh").chmod(0o755)

    assert scene.update().conflicts == []
    assert (scene.project / "a.sh").stat().st_mode & 0o100


def test_a_link_that_both_have_changed_is_a_conflict(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, {"a.md": "1\n"}, {"a.md": "2\n"}, {"a.md": None, "b.md": "b\n"})
    (scene.project / "a.md").symlink_to("b.md")
    git(scene.project, "add", "--all")
    git(scene.project, "commit", "--quiet", "--message=a link")

    assert scene.update().conflicts == ["a.md"]
    assert (scene.project / "a.md").readlink() == Path("b.md")
    assert scene.read("b.md") == "b\n"


def test_line_ends_are_those_of_the_user(tmp_path: Path) -> None:
    scene = make_scene(
        tmp_path, {"a.md": LINES, "b.md": "1\n"}, {"a.md": THEIRS, "b.md": "2\n"}, {}
    )
    git(scene.project, "config", "core.autocrlf", "true")
    git(scene.project, "config", "core.safecrlf", "true")
    for name, text in (("a.md", OURS), ("b.md", "1\n")):
        (scene.project / name).write_bytes(text.replace("\n", "\r\n").encode())
    git(scene.project, "-c", "core.safecrlf=false", "commit", "--quiet", "--all", "--message=ours")

    assert scene.update().conflicts == []
    assert (scene.project / "b.md").read_bytes() == b"2\r\n"
    assert b"ours\r\n" in (scene.project / "a.md").read_bytes()
    assert b"theirs\r\n" in (scene.project / "a.md").read_bytes()


def test_names_are_of_any_characters(tmp_path: Path) -> None:
    name = 'zoë "und" \\ [so] :(glob)*.md'
    scene = make_scene(tmp_path, {name: LINES}, {name: THEIRS}, {name: OURS})

    assert scene.update().conflicts == []
    assert "theirs\n" in scene.read(name)


def test_what_is_staged_elsewhere_in_the_repository_stays_so(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, {"a.md": "1\n"}, {"a.md": "2\n"}, {}, project="services/one")
    whole = tmp_path / "whole"
    write(whole, {"elsewhere.md": "not of this project\n"})
    git(whole, "add", "elsewhere.md")

    assert scene.update().conflicts == []
    assert git(whole, "status", "--porcelain").splitlines() == [
        "A  elsewhere.md",
        "M  services/one/a.md",
    ]
