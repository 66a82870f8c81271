"""Files that git hides from an update, or that its user has deleted: `poe update` stops, or leaves
them.
"""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.releases import git
from tools.service import Service
from tools.updates.case import bring_forward, generate
from tools.updates.edits import Edited
from tools.updates.history import NEXT, commit
from tools.updates.parts import ANSWERS

MINE = "ours, and nowhere else\n"
UNTRACKED = {
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "status.showUntrackedFiles",
    "GIT_CONFIG_VALUE_0": "no",
}


@dataclass(frozen=True)
class Trap:
    """A service before its update: what must be so afterwards, and whether it can succeed."""

    name: str
    service: Service
    succeeds: bool
    contents: Mapping[str, str | None]
    settings: Mapping[str, str]


@dataclass(frozen=True)
class Caught:
    """Its result; `is_true` says whether the exit code was."""

    name: str
    lost: list[str]
    is_true: bool
    said: str

    @property
    def is_good(self) -> bool:
        """Whether nothing is lost, and the exit code is true."""
        return not self.lost and self.is_true


def traps(template: Path, release: str, folder: Path) -> Iterator[Trap]:
    """Yield services of a release, each with something that git hides from its update."""
    folder.mkdir()
    old = generate(template, release, folder / "old", {}).path
    new = generate(template, NEXT, folder / "new", {}).path
    before, after = (set(git(path, "ls-files").splitlines()) for path in (old, new))
    both = (".env.example", *sorted(before & after - {ANSWERS}))
    changed = next(path for path in both if _text(old / path) != _text(new / path))
    added = next(path for path in sorted(after - before) if "/" in path)
    # A release has an updater of its own.
    today = {"PYTHONPATH": str(template / "template"), "PYTHONSAFEPATH": "1"}

    def copied(name: str) -> Service:
        return Service(Path(shutil.copytree(old, folder / name, symlinks=True)))

    service = copied("conflict")
    (service.path / changed).write_text(MINE)
    commit(service.path, "ours")
    hidden = {**today, **UNTRACKED}
    yield Trap("a conflict, untracked files not shown", service, False, {changed: MINE}, hidden)

    service = copied("untracked")
    (service.path / added).parent.mkdir(parents=True, exist_ok=True)
    (service.path / added).write_text(MINE)
    yield Trap("an untracked file in the way, not shown", service, False, {added: MINE}, hidden)

    service = copied("ignored")
    _ignore(service, changed)
    (service.path / changed).write_text(MINE)
    yield Trap("an ignored file with edits", service, False, {changed: MINE}, today)

    service = copied("unedited")
    _ignore(service, changed)
    follows = {changed: _text(new / changed)}
    yield Trap("an ignored file without edits", service, True, follows, today)

    service = copied("overlooked")
    git(service.path, "update-index", "--assume-unchanged", changed)
    (service.path / changed).write_text(MINE)
    yield Trap("a file whose changes git overlooks", service, False, {changed: MINE}, today)

    service = copied("deleted")
    git(service.path, "rm", "-r", "--quiet", "tests/e2e")
    commit(service.path, "no tests that take long")
    gone = dict.fromkeys(path for path in before | after if path.startswith("tests/e2e/"))
    yield Trap("a deleted test folder", service, True, gone, today)


def caught(trap: Trap) -> Caught:
    """Update the service, and look at what must be so."""
    outcome = bring_forward(trap.service, Edited({}, {}), f"--to={NEXT}", settings=trap.settings)
    found = {path: _text(trap.service.path / path) for path in trap.contents}
    lost = [path for path, text in trap.contents.items() if not _is_kept(text, found[path])]
    left = [*outcome.conflicts, *outcome.rejected]
    is_true = outcome.code == 0 and not left if trap.succeeds else outcome.code == 1
    return Caught(trap.name, lost, is_true, outcome.said)


def _is_kept(wanted: str | None, found: str | None) -> bool:
    """Return whether a text is in what was found; `None` is a file that is not there."""
    return found is None if wanted is None else wanted in (found or "")


def _ignore(service: Service, path: str) -> None:
    """Take a file out of git, and leave it where it is."""
    exclude = service.path / ".git" / "info" / "exclude"
    exclude.parent.mkdir(exist_ok=True)
    exclude.write_text(f"/{path}\n")
    git(service.path, "rm", "--quiet", "--cached", path)
    commit(service.path, "not in git")


def _text(file: Path) -> str | None:
    return file.read_text() if file.is_file() else None
