"""Refuses an update that would lose what git has no copy of; nothing has been written then."""

from collections.abc import Container, Iterable
from pathlib import Path, PurePosixPath

from scripts.update.command import git, git_lines
from scripts.update.comparison import differ
from scripts.update.refused import Refused
from scripts.update.trees import Entries
from scripts.update.words import count

STATUS = ("status", "--porcelain", "--untracked-files=all", "-z", "--", ".")


def check_clean(project: Path) -> None:
    """Raise `Refused` where something is not committed, and could be lost."""
    if changed := git_lines(project, *STATUS):
        raise Refused(
            f"{changed[0][3:]} is not committed, the first of {count(changed, 'file')}: commit, or "
            "`git stash --include-untracked`, so that you can look at the update alone and undo it"
        )


def is_there(project: Path, path: str) -> bool:
    """Return whether there is something on the disk, not behind a link that leads elsewhere."""
    folders = [project / folder for folder in PurePosixPath(path).parents][:-1]
    there = project / path
    return (there.exists() or there.is_symlink()) and not any(map(Path.is_symlink, folders))


def check_unseen(project: Path, path: str, renderings: Iterable[Path]) -> None:
    """Raise `Refused` unless a file that git does not have is as one of the renderings has it."""
    file = project / path
    if file.is_file() and not file.is_symlink():
        known = (each / path for each in renderings if (each / path).is_file())
        if not all(differ(file, each) for each in known):
            return
    raise Refused(
        f"{path} is not as the template has it, and ignored or not in git: the update would lose "
        f"your version for good. `git add -f {path}` and commit, or move it away"
    )


def check_folders(project: Path, paths: Iterable[str], base: Container[str]) -> None:
    """Raise `Refused` where something else is in the place of a folder that the template needs."""
    for folder in sorted({str(each) for path in paths for each in PurePosixPath(path).parents}):
        there = project / folder
        if folder not in base and (there.is_symlink() or there.is_file()):
            raise Refused(
                f"{folder} is a file or a link here, and a folder of the template: move it"
            )


def check_marked(project: Path, paths: Container[str], ours: Entries) -> None:
    """Raise `Refused` where git was told to overlook changes of a file."""
    for line in git_lines(project, "ls-files", "-v", "-z"):
        tag, _, path = line.partition(" ")
        if path not in paths or not (tag == "S" or tag.islower()) or not (project / path).is_file():
            continue
        if git(project, "hash-object", "--", path).strip() != ours[path].split()[1]:
            raise Refused(
                f"{path} has been changed, and git was told to overlook that: `git update-index "
                f"--no-assume-unchanged --no-skip-worktree {path}`, and commit"
            )
