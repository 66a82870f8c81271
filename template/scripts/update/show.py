"""The output of an update."""

from collections.abc import Sequence

from rich.console import Console
from rich.markdown import Markdown

from scripts.update.carry import Carried
from scripts.update.comparison import Comparison
from scripts.update.places import Places
from scripts.update.rescue import FOLDER, NOTES
from scripts.update.settle import Outcome
from scripts.update.words import count

SHOWN = 12


def show_news(console: Console, news: str, coming: Comparison) -> None:
    """Print what has changed in the template, in words and in files."""
    if news:
        # Whole paragraphs: the console itself leaves the breaking of lines to the terminal.
        console.print(Markdown(news), soft_wrap=False)
    if not (coming.added or coming.changed or coming.moved or coming.removed):
        console.print("No file of the template changes.")
    for name in ("added", "changed", "moved", "removed"):
        paths = getattr(coming, name)
        if paths:
            console.print(f"\n[bold]{len(paths)} {name}[/]")
            _show_paths(console, paths)


def show_carried(console: Console, carried: Carried) -> None:
    """Print what a move changes for the user, and what `copier update` alone would do."""
    if carried.edited:
        console.print(
            f"\n[bold]{count(carried.edited, 'edited file')}[/] to be moved with your changes. "
            "`copier update` alone would delete them:"
        )
        _show_moves(console, carried.edited, carried.places)
    if carried.along:
        console.print(
            f"\n[bold]{count(carried.along, 'file')} of your own[/] in folders that move, to be "
            "moved, too. `copier update` alone would leave them where nothing looks for them:"
        )
        _show_moves(console, carried.along, carried.places)
    if carried.followed:
        console.print(
            f"\n[bold]{count(carried.followed, 'file')} of your own[/] to be changed, since they "
            "name modules that move. `copier update` alone would leave them broken:"
        )
        _show_paths(console, carried.followed, len(carried.followed))
    if carried.names:
        console.print(f"\n{count(carried.names, 'name')} in them outside of imports, look at each:")
        _show_paths(console, carried.names, len(carried.names))


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


def _show_moves(console: Console, paths: Sequence[str], places: Places) -> None:
    _show_paths(console, [f"{path} -> {places[path]}" for path in paths], len(paths))


def _show_paths(console: Console, paths: Sequence[str], limit: int = SHOWN) -> None:
    for path in paths[:limit]:
        console.print(f"  {path}", markup=False)
    if len(paths) > limit:
        console.print(f"  and {len(paths) - limit} more")
