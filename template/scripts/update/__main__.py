"""Brings this project up to its template: `poe update [--to VERSION] [--data NAME=VALUE …]`.

Shows first what will come. Afterwards nothing is committed: look at `git diff`.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from scripts.update.answers import read_answers
from scripts.update.checks import run_checks
from scripts.update.command import find_copier, git, git_lines, run
from scripts.update.comparison import compare
from scripts.update.refused import Refused
from scripts.update.rescue import NOTES, rescue
from scripts.update.show import count, show_news, show_outcome
from scripts.update.template import Template

console = Console(soft_wrap=True, highlight=False)


def main(options: argparse.Namespace) -> int:
    """Return 0 where the project has come forward, and nothing is left to be done by hand."""
    project = Path.cwd()
    try:
        with tempfile.TemporaryDirectory(prefix="update-") as folder:
            return update(project, Path(folder), options)
    except Refused as refusal:
        console.print(f"[bold red]No update:[/] {refusal}", markup=True)
        return 1


def update(project: Path, folder: Path, options: argparse.Namespace) -> int:
    """Show what will come, bring it, and look at what became of the project; as `main` returns."""
    answers = read_answers(project)
    check_clean(project)
    copier = find_copier()
    template = Template.fetch(copier, answers.source, folder / "template")
    version = options.to or template.newest_after(answers.version)
    template.check_order(answers.version, version)
    pristine, newest = folder / "pristine", folder / "newest"
    template.render(answers.version, answers, pristine, [])
    template.render(version, answers, newest, options.data)
    show_news(console, template.news(answers.version, version), compare(pristine, newest))
    if options.pretend or not agreed(options.yes):
        return 0
    command = [*copier, "update", "--quiet", "--skip-answered", f"--vcs-ref={version}"]
    command += [f"--data={each}" for each in options.data]
    if options.yes:
        command.append("--defaults")
    if run([*command, "."], project):
        raise Refused("Copier has failed, see above; `git status` says whether it has begun")
    rescued = rescue(project, pristine)
    conflicts = git_lines(project, "diff", "--name-only", "--relative", "-z", "--diff-filter=U")
    show_outcome(console, conflicts, [each.path for each in rescued], NOTES)
    if conflicts:
        return 1
    return run_checks(console, project) if options.checks else 0


def check_clean(project: Path) -> None:
    """Raise `Refused` where something is not committed, and could be lost."""
    if changed := git(project, "status", "--porcelain", "--", ".").splitlines():
        raise Refused(
            f"{changed[0][3:]} is not committed, the first of {count(changed, 'file')}: commit, or "
            "`git stash`, so that you can look at the update alone and undo it"
        )


def agreed(is_sure: bool) -> bool:
    """Return whether it may begin; nobody is asked where nobody is there."""
    if is_sure:
        return True
    if not sys.stdin.isatty():
        console.print("\nNobody is here to ask: add --yes to go on.")
        return False
    return console.input("\nUpdate? [y/N] ").strip().lower() in ("y", "yes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="poe update", description=__doc__)
    parser.add_argument("--to", metavar="VERSION", help="a tag; the newest release otherwise")
    parser.add_argument(
        "--data", action="append", default=[], metavar="NAME=VALUE", help="another answer"
    )
    parser.add_argument("--pretend", action="store_true", help="show what will come, and stop")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--no-checks", dest="checks", action="store_false", help="leave `poe check` out"
    )
    sys.exit(main(parser.parse_args()))
