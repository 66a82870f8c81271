"""The cost of a copy of this template: `./run bench -- copying --rounds 5`.

The other side is a template with one question and as many plain files. Both are repositories with
one commit, which the same Copier clones and copies with its default answers, as a whole process.
"""

import argparse
import asyncio
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks.rounds import Sample, Side, alternate, report
from tools.service import ROOT, environment

GIT = ("git", "-c", "user.name=Shallot", "-c", "user.email=shallot@example.invalid")
QUESTION = "_subdirectory: template\nproject_name:\n  type: str\n  default: My Service\n"


def ours(folder: Path) -> Path:
    """Make a repository of the working tree, committed or not, and return it."""
    listed = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in subprocess.check_output(listed, cwd=ROOT, text=True).rstrip("\0").split("\0"):
        source, target = ROOT / name, folder / name
        # Removed files that are not yet committed are still listed.
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    return committed(folder)


def plain(folder: Path, project: Path) -> Path:
    """Make a repository of the files in `project`, as a template with one question."""
    shutil.copytree(project, folder / "template")
    (folder / "copier.yml").write_text(QUESTION)
    return committed(folder)


def committed(folder: Path) -> Path:
    """Make `folder` a repository with one commit of all that lies there."""
    for command in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "-m", "all")):
        subprocess.run([*GIT, *command], cwd=folder, check=True, env=environment())
    return folder


def copy(template: Path, project: Path) -> None:
    """Copy with the default answers."""
    copier = (sys.executable, "-m", "copier", "copy", "--quiet", "--defaults", "--vcs-ref=HEAD")
    subprocess.run([*copier, str(template), str(project)], check=True, env=environment())


def count(project: Path) -> int:
    """Return how many files there are."""
    return sum(path.is_file() for path in project.rglob("*"))


def timed(template: Path, project: Path, files: int) -> Callable[[], Awaitable[Sample]]:
    """Return what measures a copy into `project`, which must have that many files then."""

    async def measure() -> Sample:
        shutil.rmtree(project, ignore_errors=True)
        began = time.perf_counter()
        await asyncio.to_thread(copy, template, project)
        took = time.perf_counter() - began
        if (found := count(project)) != files:
            raise RuntimeError(f"{project.name} has {found} files, not {files}")
        return Sample(took)

    return measure


async def main(options: argparse.Namespace) -> None:
    """Print the comparison."""
    with tempfile.TemporaryDirectory(prefix="shallot-copying-") as name:
        folder = Path(name)
        mine, copied = ours(folder / "shallot"), folder / "copied"
        copy(mine, copied)
        files = count(copied)
        other = plain(folder / "plain", copied)
        sides = [
            Side("plain files", timed(other, folder / "other", files)),
            Side("template", timed(mine, copied, files), at_most=1.5),
        ]
        await alternate(sides, options.rounds)
    report("copying", f"copier copy, {files} files", "s", sides)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench -- copying", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    asyncio.run(main(parser.parse_args()))
