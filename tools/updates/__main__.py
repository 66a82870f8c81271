"""Brings services of the last releases forward: `./run update [-- --releases 2 --whole]`.

For each release and each answer set, this makes a service, extends and edits it. The updater of the
working tree updates it to the working tree. `--whole` installs each, fills its database before,
and runs its check and its tests afterwards. Then `poe update` meets what git hides from it. At last
it drops every part of a service that has run, with edits in it, and adds it again, and the other
way round.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from tests.matrix import CASES, WORDINGS
from tools.drill.verdict import console
from tools.releases import git
from tools.service import install
from tools.updates.case import Outcome, bring_forward, generate
from tools.updates.data import Tables, fill, is_kept
from tools.updates.edits import edit
from tools.updates.hidden import Caught, caught, traps
from tools.updates.history import NEXT, commit, make_history
from tools.updates.moved import now
from tools.updates.notes import follow_notes
from tools.updates.parts import Change, changes, parts

SETS = {**CASES, **WORDINGS}


@dataclass(frozen=True)
class Result:
    """The result of one service; `tests` and `data` are `None` if they were not checked."""

    release: str
    name: str
    outcome: Outcome
    data: bool | None = None
    tests: bool | None = None

    @property
    def is_good(self) -> bool:
        """Whether nothing is lost and nothing is left to be done."""
        outcome = self.outcome
        wrong = outcome.conflicts or outcome.rejected or outcome.lost or outcome.left
        return not (wrong or outcome.code) and self.data is not False and self.tests is not False


def bring(template: Path, release: str, name: str, folder: Path, *, whole: bool) -> Result:
    """Make, edit and update one service."""
    service = generate(template, release, folder / f"{release}-{name}", SETS[name])
    if whole:
        install(service, "--group", "dev")
    edited = edit(service, is_installed=whole)
    stored: Tables = fill(service) if whole else {}
    commit(service.path, "ours")
    outcome = bring_forward(service, edited, f"--to={NEXT}", template=template)
    if not whole:
        return Result(release, name, outcome)
    install(service, "--group", "dev")
    follow_notes(service, [now(path, is_own=True) for path in edited.own])
    service.run("ruff", "check", "--quiet", "--select=I", "--fix", ".")
    tests = service.run("poe", "check") == 0 and service.run("poe", "test") == 0
    return Result(release, name, outcome, is_kept(service, stored), tests)


def unknown_to(template: Path, release: str, answers: Mapping[str, Any]) -> str:
    """Return the transports of an answer set that a release does not have."""
    folders = [f"template/src/{package}/bootstrap/servers/" for package in ("app", "chassis")]
    listed = git(template, "ls-tree", "--name-only", release, *folders).splitlines()
    found = {path.rpartition("/")[2].removesuffix(".py") for path in listed}
    return ", ".join(each for each in answers.get("transports", []) if each not in found)


def show(results: list[Result]) -> None:
    """Print what became of each."""
    table = Table(title="updated to the working tree", title_justify="left", box=None)
    for heading in (
        "from",
        "answers",
        "changed",
        "conflicts",
        "lost",
        "left",
        "data",
        "tests",
        "seconds",
    ):
        table.add_column(heading, justify="left" if heading in ("from", "answers") else "right")
    words = {None: "", True: "[green]kept", False: "[bold red]lost"}
    verdicts = {None: "", True: "[green]pass", False: "[bold red]fail"}
    for each in results:
        outcome = each.outcome
        table.add_row(
            each.release,
            each.name,
            str(len(outcome.changed)),
            ", ".join([*outcome.conflicts, *outcome.rejected]) or "0",
            ", ".join(outcome.lost) or "0",
            ", ".join(outcome.left) or "0",
            words[each.data],
            verdicts[each.tests],
            f"{outcome.seconds:.1f}",
        )
    console.print(table)


def show_changes(changed: list[Change]) -> None:
    """Print what became of those who changed their mind."""
    table = Table(title="changed, and changed back", title_justify="left", box=None)
    headings = ("files moved", "differ at the end", "conflicts", "lost", "left", "seconds")
    for heading in ("part", "", *headings):
        table.add_column(heading, justify="left" if heading in ("part", "") else "right")
    for each in changed:
        lists = (
            ", ".join(found) or "0"
            for found in (each.differs, each.conflicts, each.lost, each.left)
        )
        table.add_row(each.part, each.turn, str(each.moved), *lists, f"{each.seconds:.1f}")
    console.print(table)


def show_caught(found: list[Caught]) -> None:
    """Print what became of what git hides."""
    table = Table(title="hidden from the update, or thrown away", title_justify="left", box=None)
    for heading in ("", "lost", "exit code"):
        table.add_column(heading)
    for each in found:
        verdict = "[green]true" if each.is_true else "[bold red]false"
        table.add_row(each.name, ", ".join(each.lost) or "0", verdict)
        if not each.is_good:
            console.print(each.said, markup=False)
    console.print(table)


def main(options: argparse.Namespace) -> int:
    """Return 0 where every service has come forward with all that was its user's."""
    names: list[str] = options.case or list(SETS)
    folder = Path(tempfile.mkdtemp(prefix="shallot-update-"))
    try:
        releases = make_history(folder / "template")[-options.releases :]
        releases = [options.commit] if options.commit else releases
        results = []
        for release in releases:
            for name in names:
                if unknown := unknown_to(folder / "template", release, SETS[name]):
                    console.print(f"{release} {name}: not for a release without {unknown}")
                    continue
                result = bring(folder / "template", release, name, folder, whole=options.whole)
                results.append(result)
                word = "good" if result.is_good else "[bold red]not as it should be"
                console.print(f"{release} {name}: {word}")
                if result.outcome.code:
                    console.print(result.outcome.said, markup=False)
        show(results)
        trapped = [
            caught(trap) for trap in traps(folder / "template", releases[-1], folder / "traps")
        ]
        show_caught(trapped)
        changed = list(changes(folder / "template", folder, list(parts())))
        show_changes(changed)
    finally:
        shutil.rmtree(folder)
    is_good = [each.is_good for each in results]
    is_good += [each.is_good for each in trapped] + [each.is_good for each in changed]
    return 0 if all(is_good) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="update", description=__doc__)
    parser.add_argument("case", nargs="*", choices=[[], *SETS], help="all by default")
    parser.add_argument("--releases", type=int, default=2, help="of the last ones")
    parser.add_argument("--commit", help="a commit of this repository instead")
    parser.add_argument("--whole", action="store_true")
    sys.exit(main(parser.parse_args()))
