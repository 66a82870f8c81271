"""Renderings as git has them, so that git can merge them."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from scripts.update.command import git, git_lines

# By its path in the project, the mode and the id of each file.
Entries = dict[str, str]


def committed(project: Path) -> Entries:
    """Return the files of the last commit."""
    lines = git_lines(project, "ls-tree", "-r", "-z", "HEAD")
    return {
        path: f"{mode} {identity}"
        for line in lines
        for properties, _, path in [line.partition("\t")]
        for mode, _, identity in [properties.split()]
    }


def stored(project: Path, rendering: Path) -> Entries:
    """Store the files of a rendering in the project's repository, and return them."""
    with _index() as index:
        repository = git(project, "rev-parse", "--absolute-git-dir").strip()
        where = {"GIT_DIR": repository, "GIT_WORK_TREE": str(rendering), **index}
        # It includes ignored files, and has the line ends of its user.
        git(rendering, "-c", "core.safecrlf=false", "add", "--all", "--force", ".", **where)
        lines = git_lines(rendering, "ls-files", "--stage", "-z", **where)
    return {
        path: properties.rpartition(" ")[0]
        for line in lines
        for properties, _, path in [line.partition("\t")]
    }


def write_tree(project: Path, tree: str, entries: Mapping[str, str]) -> str:
    """Return a tree of the whole repository with these files instead of the project's."""
    here = committed(project)
    with _index() as index:
        git(project, "read-tree", tree, **index)
        change_index(project, {path: () for path in here if path not in entries}, **index)
        changed = {path: (f"{entry} 0",) for path, entry in entries.items()}
        change_index(project, changed, **index)
        return git(project, "write-tree", **index).strip()


def change_index(project: Path, files: Mapping[str, Iterable[str]], **settings: str) -> None:
    """Replace what the index has of each file: mode, id and stage of each of its versions."""
    prefix = git(project, "rev-parse", "--show-prefix").strip("\n")
    none = "0" * len(git(project, "rev-parse", "HEAD").strip())
    lines = [
        f"{line}\t{prefix}{path}\0"
        for path, versions in files.items()
        for line in (f"0 {none}", *versions)
    ]
    git(project, "update-index", "-z", "--index-info", given="".join(lines), **settings)


@contextmanager
def _index() -> Iterator[dict[str, str]]:
    """Yield the setting of an index that is gone after the block."""
    with tempfile.TemporaryDirectory(prefix="index-") as folder:
        yield {"GIT_INDEX_FILE": str(Path(folder, "index"))}
