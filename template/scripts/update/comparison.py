"""The differences between two renderings of the template."""

from dataclasses import dataclass
from pathlib import Path

from scripts.update.answers import FILE


@dataclass(frozen=True)
class Comparison:
    """The paths of which the new rendering has more, others and less."""

    added: list[str]
    changed: list[str]
    removed: list[str]


def compare(old: Path, new: Path) -> Comparison:
    """Compare two folders, but for the answers; the paths are sorted."""
    before, after = files(old), files(new)
    return Comparison(
        added=sorted(after - before),
        changed=sorted(path for path in before & after if differ(old / path, new / path)),
        removed=sorted(before - after),
    )


def files(folder: Path) -> set[str]:
    """Return the paths of all files, but for the answers."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return {path for path in found if path != FILE}


def differ(one: Path, other: Path) -> bool:
    """Return whether two files have other content."""
    return one.read_bytes() != other.read_bytes()
