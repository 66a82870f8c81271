"""Files that the user had deleted before the template dropped them: they do not come back."""

from collections.abc import Iterable
from pathlib import Path

from scripts.update.command import git
from scripts.update.moves import Moves

FILE = "dropped/deleted.txt"


def read_deleted(project: Path, moves: Moves) -> set[str]:
    """Return the paths in the list, as they are after these moves."""
    file = project / FILE
    lines = file.read_text().splitlines() if file.is_file() else []
    return {moves.new(line) for line in lines}


def write_deleted(project: Path, paths: Iterable[str]) -> None:
    """Write these paths down, instead of all that were."""
    lines = sorted(path for path in paths if "\n" not in path)
    if set(lines) == read_deleted(project, Moves()):
        return
    file = project / FILE
    if lines:
        file.parent.mkdir(exist_ok=True)
        file.write_text("".join(f"{line}\n" for line in lines))
        git(project, "add", "--force", "--", FILE)
    else:
        git(project, "rm", "--quiet", "--force", "--", FILE)
