"""An update over moved files."""

from pathlib import Path

import pytest

from scripts.update.moves import Moves
from tests.chassis.scripts.update.moving import (
    AFTER,
    BEFORE,
    MOVES,
    NEW,
    OLD,
    THEIRS,
    edited,
    moving,
    source,
)
from tests.chassis.scripts.update.repository import git
from tests.chassis.scripts.update.scene import make_scene, write


@pytest.mark.parametrize("folder", ("", "services/one"))
def test_an_edit_goes_with_its_file_and_nothing_stays_behind(tmp_path: Path, folder: str) -> None:
    made = make_scene(
        tmp_path, BEFORE, AFTER, {"src/app/a.py": edited(OLD)}, project=folder, moves=MOVES
    )

    outcome = made.update()

    assert (outcome.conflicts, outcome.rescued) == ([], [])
    assert made.read("src/chassis/a.py") == edited(NEW)
    assert source(made.project) == ["src/chassis", "src/chassis/a.py", "src/chassis/b.py"]
    git(made.project, "reset", "--quiet", "--hard")
    assert made.read("src/app/a.py") == edited(OLD)
    assert not (made.project / "src/chassis").exists()


def test_bytecode_of_the_old_places_goes(tmp_path: Path) -> None:
    made = moving(tmp_path, {})
    (made.project / ".git/info/exclude").write_text("__pycache__\n")
    write(made.project, {"src/app/__pycache__/a.cpython-313.pyc": ""})

    made.update()

    assert source(made.project) == ["src/chassis", "src/chassis/a.py", "src/chassis/b.py"]


def test_an_edit_of_the_line_that_names_a_moved_module_is_no_conflict(tmp_path: Path) -> None:
    made = moving(tmp_path, {"src/app/a.py": OLD.replace("import x", "import x as y")})

    assert made.update().conflicts == []
    assert made.read("src/chassis/a.py") == NEW.replace("import x", "import x as y")


def test_the_same_lines_are_a_conflict_at_the_new_path(tmp_path: Path) -> None:
    made = moving(tmp_path, {"src/app/a.py": OLD.replace("LINE_17 = 17", "LINE_17 = 'ours'")})

    assert made.update().conflicts == ["src/chassis/a.py"]
    text = made.read("src/chassis/a.py")
    assert "<<<<<<< before updating\nLINE_17 = 'ours'\n=======\nLINE_17 = 'theirs'\n" in text
    assert "UU src/chassis/a.py" in made.status()
    assert not (made.project / "src/app").exists()


def test_the_users_own_files_stay_where_they_are_and_follow(tmp_path: Path) -> None:
    own = "src/app/bootstrap/own/wiring.py"
    made = moving(
        tmp_path,
        {
            "src/app/mine.py": "from app.a import LINE_1\n",
            "tests/test_mine.py": "def test() -> None:\n    patch('app.a.LINE_1')\n",
            own: "import app.b\n",
            "own_tasks.toml": 'x = "app.a:main"\n',
            "notes.txt": "app.a\n",
        },
    )

    carried = made.plan().carried
    made.update()

    assert carried.followed == [
        "own_tasks.toml",
        own,
        "src/app/mine.py",
        "tests/test_mine.py",
    ]
    assert carried.names == [
        "own_tasks.toml: app.a -> chassis.a",
        "tests/test_mine.py: app.a.LINE_1 -> chassis.a.LINE_1",
    ]
    assert made.read("src/app/mine.py") == "from chassis.a import LINE_1\n"
    assert made.read("tests/test_mine.py") == "def test() -> None:\n    patch('chassis.a.LINE_1')\n"
    assert made.read(own) == "import chassis.b\n"
    assert made.read("own_tasks.toml") == 'x = "chassis.a:main"\n'
    assert made.read("notes.txt") == "app.a\n"
    assert not (made.project / "src/app/a.py").exists()


def test_a_folder_moves_with_the_users_own_files(tmp_path: Path) -> None:
    old, new = "src/app/bootstrap/aggregates", "src/app/bootstrap"
    made = make_scene(
        tmp_path,
        {f"{old}/notification/a.py": OLD, f"{old}/other.py": "x = 1\n"},
        {
            f"{old}/notification/a.py": None,
            f"{old}/other.py": None,
            f"{new}/notification/a.py": THEIRS,
        },
        {
            f"{old}/notification/a.py": edited(OLD),
            f"{old}/device/d.py": "from app.bootstrap.aggregates.notification.a import LINE_1\n",
            f"{old}/device/data.txt": "mine\n",
            "own.py": "import app.bootstrap.aggregates.device.d as d\n",
        },
        moves=Moves(((f"{old}/", f"{new}/"),)),
    )

    carried = made.plan().carried
    outcome = made.update()

    assert (outcome.conflicts, outcome.rescued) == ([], [])
    assert carried.edited == [f"{old}/notification/a.py"]
    assert carried.along == [f"{old}/device/d.py", f"{old}/device/data.txt"]
    assert carried.followed == ["own.py", f"{new}/device/d.py"]
    assert made.read(f"{new}/notification/a.py") == edited(THEIRS)
    assert made.read(f"{new}/device/d.py") == ("from app.bootstrap.notification.a import LINE_1\n")
    assert made.read(f"{new}/device/data.txt") == "mine\n"
    assert made.read("own.py") == "import app.bootstrap.device.d as d\n"
    assert not (made.project / old).exists()


def test_a_file_that_is_the_users_from_the_first_day_follows_unedited(tmp_path: Path) -> None:
    own = "src/app/bootstrap/own/example.py"
    made = make_scene(
        tmp_path,
        {**BEFORE, own: "import app.b\n"},
        {**AFTER, own: "import chassis.b  # Other words.\n"},
        {},
        moves=MOVES,
    )

    assert made.plan().carried.followed == [own]
    made.update()

    assert made.read(own) == "import chassis.b\n"


def test_an_edited_file_that_stays_has_the_new_names_of_both(tmp_path: Path) -> None:
    made = make_scene(
        tmp_path,
        {**BEFORE, "src/app/c.py": "from app.a import LINE_1\n"},
        {**AFTER, "src/app/c.py": "from chassis.a import LINE_1\n"},
        {"src/app/c.py": "from app.a import LINE_1\nfrom app.b import x\n"},
        moves=MOVES,
    )

    assert made.update().conflicts == []
    assert made.read("src/app/c.py") == "from chassis.a import LINE_1\nfrom chassis.b import x\n"
