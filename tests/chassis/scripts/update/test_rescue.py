from pathlib import Path

from scripts.update.rescue import NOTES
from tests.chassis.scripts.update.repository import git
from tests.chassis.scripts.update.scene import make_scene, write

LINES = "".join(f"{number}\n" for number in range(20))
OURS = LINES.replace("2\n", "ours\n", 1)
THEIRS = LINES.replace("17\n", "theirs\n")


def test_an_edited_file_that_the_template_drops_is_kept_aside_with_a_note(tmp_path: Path) -> None:
    scene = make_scene(
        tmp_path,
        {"src/edited.py": LINES, "src/untouched.py": "1\n"},
        {"src/edited.py": None, "src/untouched.py": None},
        {"src/edited.py": OURS},
    )

    outcome = scene.update()

    assert [each.path for each in outcome.rescued] == ["src/edited.py"]
    assert not (scene.project / "src").exists()
    assert scene.read("dropped/src/edited.py.yours") == OURS
    assert scene.read("dropped/src/edited.py.template") == LINES
    notes = scene.read(NOTES)
    assert "## `src/edited.py`" in notes
    assert "-2\n+ours\n" in notes
    assert sorted(scene.status()) == [
        f"A  {NOTES}",
        "A  dropped/src/edited.py.template",
        "D  src/untouched.py",
        "R  src/edited.py -> dropped/src/edited.py.yours",
    ]


def test_a_file_that_comes_back_has_the_edits_and_the_news(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, {"a.md": LINES}, {"a.md": None}, {"a.md": OURS})
    scene.update()
    scene.turn()
    write(scene.new, {"a.md": THEIRS})

    outcome = scene.update()

    assert (outcome.conflicts, outcome.returned) == ([], ["a.md"])
    assert scene.read("a.md") == THEIRS.replace("2\n", "ours\n", 1)
    assert not (scene.project / "dropped").exists()


def test_a_file_that_comes_back_with_other_lines_is_a_conflict(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, {"a.md": "1\n"}, {"a.md": None}, {"a.md": "ours\n"})
    scene.update()
    scene.turn()
    write(scene.new, {"a.md": "theirs\n"})

    assert scene.update().conflicts == ["a.md"]
    assert "ours\n" in scene.read("a.md")
    assert scene.status()[0] == "UU a.md"
    assert git(scene.project, "show", ":1:a.md") == "1\n"


def test_a_file_that_its_user_has_moved_back_meanwhile_is_merged(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, {"a.md": LINES}, {"a.md": None}, {"a.md": OURS})
    scene.update()
    write(scene.project, {"a.md": OURS.replace("9\n", "again\n", 1)})
    scene.turn()
    write(scene.new, {"a.md": THEIRS})

    assert scene.update().conflicts == []
    assert all(line in scene.read("a.md") for line in ("ours\n", "again\n", "theirs\n"))
    assert not (scene.project / "dropped").exists()


def test_a_file_of_the_users_own_is_not_touched(tmp_path: Path) -> None:
    scene = make_scene(
        tmp_path, {"part/a.md": "1\n"}, {"part/a.md": None}, {"part/own.md": "mine alone\n"}
    )

    assert scene.update().rescued == []
    assert scene.read("part/own.md") == "mine alone\n"


def test_a_project_may_be_a_folder_of_a_repository_and_have_any_names(tmp_path: Path) -> None:
    name = 'zoë "und" \\ so.md'
    scene = make_scene(tmp_path, {name: LINES}, {name: None}, {name: "x"}, project="services/one")
    (scene.project / name).write_bytes(b"\xff\n")
    git(scene.project, "commit", "--quiet", "--all", "--message=no text")

    (rescued,) = scene.update().rescued

    assert rescued.path == name
    kept = scene.project / "dropped" / f"{name}.yours"
    assert kept.read_bytes() == b"\xff\n"
    scene.turn()
    assert scene.update().conflicts == []
    assert (scene.project / name).read_bytes() == b"\xff\n"


def test_a_file_that_its_user_has_deleted_is_not_brought_back(tmp_path: Path) -> None:
    files = {"part/a.md": "1\n", "part/b.md": "1\n", "part/c.md": "1\n"}
    scene = make_scene(tmp_path, files, dict.fromkeys(files), {"part/a.md": None})
    scene.update()
    assert scene.read("dropped/deleted.txt") == "part/a.md\n"
    scene.turn()
    write(scene.new, {"part/b.md": "2\n"})

    assert scene.plan().withheld == ["part/a.md"]
    scene.update()

    assert sorted(scene.status()) == [
        "A  part/b.md",
        "A  part/c.md",
        "D  dropped/deleted.txt",
    ]


def test_a_file_that_was_left_in_its_place_by_an_older_update_stays_as_it_is(
    tmp_path: Path,
) -> None:
    scene = make_scene(tmp_path, {"a.md": "1\n"}, {"b.md": "1\n"}, {"a.md": "ours\n"})
    (scene.old / "a.md").unlink()

    assert scene.update().conflicts == []
    assert scene.read("a.md") == "ours\n"
    assert scene.status() == ["A  b.md"]
