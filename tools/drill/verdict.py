"""A drill's verdict: each thing that must hold, with the figure that was seen."""

import sys

from rich.console import Console
from rich.table import Table

# A log has no width of its own.
WIDTH = None if sys.stdout.isatty() else 110

console = Console(highlight=False, width=WIDTH)


class Verdict:
    """Collects checks, and shows them."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._checks: list[tuple[bool, str, object]] = []

    def holds(self, what: str, ok: bool, seen: object = "") -> None:
        """Add a check."""
        self._checks.append((ok, what, seen))

    def equal(self, what: str, seen: object, wanted: object) -> None:
        """Add a check that two values are the same, and show them."""
        self.holds(what, seen == wanted, seen if seen == wanted else f"{seen}, wanted {wanted}")

    def show(self) -> bool:
        """Print all checks; return whether all hold."""
        table = Table(title=self._title, title_justify="left", title_style="bold", box=None)
        table.add_column("")
        table.add_column("what")
        table.add_column("seen", justify="right")
        for ok, what, seen in self._checks:
            shown = f"{seen:,}" if isinstance(seen, int) else str(seen)
            table.add_row("[green]✓" if ok else "[bold red]✗", what, shown)
        console.print(table)
        return bool(self._checks) and all(ok for ok, _, _ in self._checks)
