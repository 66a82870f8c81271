"""Brings this project up to its template, and shows first what will come.

Afterwards nothing is committed: look at `git diff HEAD`.
"""

import argparse
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console

from scripts.update.answers import FILE, Answers, keep_source, names, read_answers
from scripts.update.checks import run_checks
from scripts.update.command import find_copier
from scripts.update.comparison import compare
from scripts.update.guard import check_clean
from scripts.update.moves import Moves
from scripts.update.plan import Plan, make_plan
from scripts.update.refused import Refused
from scripts.update.settle import bring
from scripts.update.show import show_carried, show_news, show_outcome
from scripts.update.template import Template

console = Console(soft_wrap=True, highlight=False)


def main(options: argparse.Namespace) -> int:
    """Return 0 where the project has come forward, and nothing is left to be done by hand."""
    project = Path.cwd()
    try:
        with tempfile.TemporaryDirectory(prefix="update-") as folder:
            return update(project, Path(folder), options)
    except Refused as refusal:
        console.print(f"No update: {refusal}", style="red", markup=False)
        return 1


def update(project: Path, folder: Path, options: argparse.Namespace) -> int:
    """Show what will come, bring it, and look at what became of the project; as `main` returns."""
    answers = read_answers(project)
    check_clean(project)
    template = Template.fetch(find_copier(), answers.source, folder / "template")
    version = options.to or template.newest_after(answers.version)
    template.check_order(answers.version, version)
    with ThreadPoolExecutor() as pool:
        before = pool.submit(template.render, answers.version, answers, folder / "old", [])
        now = pool.submit(template.render, version, answers, folder / "new", options.data)
    old, new = before.result(), now.result()
    moves = template.moves(answers.version, version)
    plan = prepare(project, old, new, moves)
    show_news(console, template.news(answers.version, version), compare(old, new, moves))
    show_carried(console, plan.carried)
    if options.pretend or not agreed(options.yes):
        return 0
    if not options.yes and is_asked(answers, options.data, new):
        new = template.render(version, answers, folder / "asked", options.data, ask=True)
        plan = prepare(project, old, new, moves)
    outcome = bring(project, plan, new)
    show_outcome(console, outcome, plan.withheld)
    if outcome.conflicts:
        return 1
    return run_checks(console, project) if options.checks else 0


def prepare(project: Path, old: Path, new: Path, moves: Moves) -> Plan:
    """Return what is to be merged of two renderings; raises `Refused`."""
    # Its answers are no edits of the user's, and always follow.
    shutil.copy(project / FILE, old / FILE)
    keep_source(project, new)
    return make_plan(project, old, new, moves)


def agreed(is_sure: bool) -> bool:
    """Return whether it may begin; without a terminal there is no question."""
    if is_sure:
        return True
    if not sys.stdin.isatty():
        console.print("\nThere is no terminal to ask in: add --yes to go on.")
        return False
    return console.input("\nUpdate? [y/N] ", markup=False).strip().lower() in ("y", "yes")


def is_asked(answers: Answers, data: list[str], new: Path) -> bool:
    """Return whether the new version has questions that are not answered yet."""
    given = {each.partition("=")[0] for each in data}
    return bool(names((new / FILE).read_text()) - names(answers.text) - given)


def from_template() -> int:
    """Run the template's own updater on a service, and return the exit code.

    It runs outside of the service's environment, so it does not run the service's checks.
    """
    parser = make_parser("shallot-update")
    parser.set_defaults(checks=False)
    options = parser.parse_args()
    code = main(options)
    if not options.pretend:
        console.print("\nThen: `uv sync`, and `uv run poe check`.")
    return code


def make_parser(program: str) -> argparse.ArgumentParser:
    """Return the parser of the command line, with the options that both ways have."""
    parser = argparse.ArgumentParser(prog=program, description=__doc__)
    parser.add_argument("--to", metavar="VERSION", help="a tag; the newest release otherwise")
    parser.add_argument(
        "--data", action="append", default=[], metavar="NAME=VALUE", help="another answer"
    )
    parser.add_argument("--pretend", action="store_true", help="show what will come, and stop")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    return parser


if __name__ == "__main__":
    parser = make_parser("poe update")
    parser.add_argument(
        "--no-checks", dest="checks", action="store_false", help="leave `poe check` out"
    )
    sys.exit(main(parser.parse_args()))
