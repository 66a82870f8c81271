"""A project between two renderings of its template, as tests write them down."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.update.moves import Moves
from scripts.update.plan import Plan, make_plan
from scripts.update.settle import Outcome, bring
from tests.chassis.scripts.update.repository import git

Files = Mapping[str, str | None]
NONE = Moves()


@dataclass(frozen=True)
class Scene:
    """A project that is committed, and the folders of both renderings."""

    project: Path
    old: Path
    new: Path
    moves: Moves = NONE

    def plan(self) -> Plan:
        """Return what is to be merged."""
        return make_plan(self.project, self.old, self.new, self.moves)

    def update(self) -> Outcome:
        """Bring the difference of the renderings into the project."""
        return bring(self.project, self.plan(), self.new)

    def turn(self) -> None:
        """Commit, and let the renderings change places."""
        commit_all(self.project)
        self.old.rename(self.old.with_name("aside"))
        self.new.rename(self.old)
        self.old.with_name("aside").rename(self.new)

    def status(self) -> list[str]:
        """Return what has changed since the last commit."""
        return git(
            self.project, "status", "--porcelain", "--untracked-files=all", "--", "."
        ).splitlines()

    def read(self, path: str) -> str:
        """Return the text of a file of the project."""
        return (self.project / path).read_text()


def make_scene(
    folder: Path, old: Files, new: Files, ours: Files, project: str = "", moves: Moves = NONE
) -> Scene:
    """Write both renderings and a project, which is `old` with other files and less.

    `new` is `old` with other files, too, and without those that are `None`. `project` is where it
    is in its repository.
    """
    scene = Scene(folder / "whole" / project, folder / "old", folder / "new", moves)
    write(scene.old, old)
    write(scene.new, {**old, **new})
    write(scene.project, old)
    git(folder / "whole", "init", "--quiet", "--initial-branch=main")
    commit_all(scene.project)
    write(scene.project, ours)
    commit_all(scene.project)
    return scene


def write(folder: Path, files: Files) -> None:
    """Write files, and remove those that are `None`."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        if text is not None:
            (folder / path).write_text(text)
        elif (folder / path).exists():
            (folder / path).unlink()


def commit_all(project: Path) -> None:
    """Commit everything."""
    git(project, "add", "--all", ".")
    git(project, "commit", "--quiet", "--allow-empty", "--message=something")
