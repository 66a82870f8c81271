"""A project with two files that move, for the tests."""

from pathlib import Path

from scripts.update.moves import Moves
from tests.chassis.scripts.update.scene import Scene, make_scene

BODY = "".join(f"LINE_{number} = {number}\n" for number in range(20))
OLD = f"from app.b import x\n\n{BODY}"
THEIRS = OLD.replace("LINE_17 = 17", "LINE_17 = 'theirs'")
NEW = THEIRS.replace("app.b", "chassis.b")
MOVES = Moves((("src/app/a.py", "src/chassis/a.py"), ("src/app/b.py", "src/chassis/b.py")))
GONE = {"src/app/a.py": None, "src/app/b.py": None}
BEFORE = {"src/app/a.py": OLD, "src/app/b.py": "x = 1\n", "README.md": "1\n"}
AFTER = {
    "src/app/a.py": None,
    "src/app/b.py": None,
    "src/chassis/a.py": NEW,
    "src/chassis/b.py": "x = 1\n",
}


def edited(text: str) -> str:
    """Return the text with one edited line."""
    return text.replace("LINE_2 = 2\n", "LINE_2 = 'ours'\n")


def moving(folder: Path, ours: dict[str, str | None], **changed: str | None) -> Scene:
    """Return a project with two files that move, and these changes of its user."""
    return make_scene(folder, BEFORE, {**AFTER, **changed}, ours, moves=MOVES)


def source(project: Path) -> list[str]:
    """Return the paths of all files and folders below `src`."""
    found = project.joinpath("src").rglob("*")
    return sorted(path.relative_to(project).as_posix() for path in found)
