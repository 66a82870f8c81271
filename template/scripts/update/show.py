"""What a person sees of an update."""

from collections.abc import Sequence

from rich.console import Console
from rich.markdown import Markdown

from scripts.update.comparison import Comparison

SHOWN = 12


def show_news(console: Console, news: str, coming: Comparison) -> None:
    """Print what has changed in the template, in words and in files."""
    if news:
        console.print(Markdown(news))
    if not (coming.added or coming.changed or coming.removed):
        console.print("No file of the template changes.")
    for name in ("added", "changed", "removed"):
        paths = getattr(coming, name)
        if paths:
            console.print(f"\n[bold]{len(paths)} {name}[/]")
            _show_paths(console, paths)


def show_outcome(
    console: Console, conflicts: Sequence[str], rescued: Sequence[str], notes: str
) -> None:
    """Print what is left to be done by hand."""
    if conflicts:
        console.print(
            f"\n[bold red]{count(conflicts, 'conflict')}[/]: both sides have changed the same "
            "lines. Look for <<<<<<<, keep what is right, and `git add`:"
        )
        _show_paths(console, conflicts, len(conflicts))
    if rescued:
        console.print(
            f"\n[bold yellow]{count(rescued, 'edited file')}[/] brought back that the template no "
            f"longer has; {notes} says what was changed:"
        )
        _show_paths(console, rescued, len(rescued))
    if not conflicts:
        console.print("\nUpdated: look at `git diff`, and commit.")


def count(found: Sequence[str], name: str) -> str:
    """Return how many there are of what has that name."""
    return f"{len(found)} {name}" if len(found) == 1 else f"{len(found)} {name}s"


def _show_paths(console: Console, paths: Sequence[str], limit: int = SHOWN) -> None:
    for path in paths[:limit]:
        console.print(f"  {path}", markup=False)
    if len(paths) > limit:
        console.print(f"  and {len(paths) - limit} more")
