"""The output of an update."""

from collections.abc import Sequence

from rich.console import Console
from rich.markdown import Markdown

from scripts.update.comparison import Comparison
from scripts.update.rescue import FOLDER, NOTES
from scripts.update.settle import Outcome
from scripts.update.words import count

SHOWN = 12


def show_news(console: Console, news: str, coming: Comparison) -> None:
    """Print what has changed in the template, in words and in files."""
    if news:
        # Whole paragraphs: the console itself leaves the breaking of lines to the terminal.
        console.print(Markdown(news), soft_wrap=False)
    if not (coming.added or coming.changed or coming.removed):
        console.print("No file of the template changes.")
    for name in ("added", "changed", "removed"):
        paths = getattr(coming, name)
        if paths:
            console.print(f"\n[bold]{len(paths)} {name}[/]")
            _show_paths(console, paths)


def show_outcome(console: Console, outcome: Outcome, withheld: Sequence[str]) -> None:
    """Print what is left to be done by hand, and what is not where it was."""
    rescued = [each.path for each in outcome.rescued]
    if outcome.conflicts:
        console.print(
            f"\n[bold red]{count(outcome.conflicts, 'conflict')}[/]: both sides have changed the "
            "same lines. Look for <<<<<<<, keep what is right, and `git add`:"
        )
        _show_paths(console, outcome.conflicts, len(outcome.conflicts))
    if rescued:
        console.print(
            f"\n[bold yellow]{count(rescued, 'edited file')}[/] of which the template has no more, "
            f"kept in {FOLDER}/; {NOTES} says what was changed:"
        )
        _show_paths(console, rescued, len(rescued))
    if outcome.returned:
        console.print(f"\n{count(outcome.returned, 'edited file')} back from {FOLDER}/:")
        _show_paths(console, outcome.returned, len(outcome.returned))
    if withheld:
        console.print(
            f"\n{count(withheld, 'new file')} left out, since you deleted them or their folder:"
        )
        _show_paths(console, withheld)
    if not outcome.conflicts:
        console.print("\nUpdated: look at `git diff HEAD`, and commit.")


def _show_paths(console: Console, paths: Sequence[str], limit: int = SHOWN) -> None:
    for path in paths[:limit]:
        console.print(f"  {path}", markup=False)
    if len(paths) > limit:
        console.print(f"  and {len(paths) - limit} more")
