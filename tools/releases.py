"""The releases of this template, by their commits: tags do not travel with every clone.

`python -m tools.releases` tags those that have no tag yet. CI does it once their tests have passed.
"""

import re
import subprocess
from pathlib import Path

from tools.service import ROOT

VERSION = re.compile(r"\d+\.\d+\.\d+")
_COMMIT = re.compile(rf"(\w+) chore\(release\): ({VERSION.pattern})")


def releases(repository: Path = ROOT) -> dict[str, str]:
    """Return the commit of each release, the oldest first."""
    log = git(repository, "log", "--reverse", "--format=%H %s")
    found = (_COMMIT.fullmatch(line) for line in log.splitlines())
    return {match[2]: match[1] for match in found if match}


def tag_releases(repository: Path) -> list[str]:
    """Tag what is a release in this clone and is not tagged; return all of them, in order."""
    found = releases(repository)
    tagged = git(repository, "tag").split()
    for version, commit in found.items():
        if version not in tagged:
            git(repository, "tag", version, commit)
    return list(found)


def numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, which compare as versions do."""
    return tuple(map(int, version.split(".")))


def git(folder: Path, *arguments: str) -> str:
    """Return what git prints; raises `CalledProcessError`."""
    command = ["git", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    print("\n".join(tag_releases(ROOT)))
