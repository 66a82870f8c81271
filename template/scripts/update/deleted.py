"""Files that the user had deleted before the template dropped them: they do not come back."""

from collections.abc import Iterable
from pathlib import Path

from scripts.update.command import git

FILE = "dropped/deleted.txt"


def read_deleted(project: Path) -> set[str]:
    """Return the paths that are written down."""
    file = project / FILE
    return set(file.read_text().splitlines()) if file.is_file() else set()


def write_deleted(project: Path, paths: Iterable[str]) -> None:
    """Write these paths down, instead of all that were."""
    lines = sorted(path for path in paths if "\n" not in path)
    if set(lines) == read_deleted(project):
        return
    file = project / FILE
    if lines:
        file.parent.mkdir(exist_ok=True)
        file.write_text("".join(f"{line}\n" for line in lines))
        git(project, "add", "--force", "--", FILE)
    else:
        git(project, "rm", "--quiet", "--force", "--", FILE)
