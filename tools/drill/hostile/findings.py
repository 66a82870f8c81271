"""The result of each attack: a row of a table, and its check."""

from tools.drill.table import show
from tools.drill.verdict import Verdict

COLUMNS = ("attack", "over", "what was sent", "what happened", "asked", "memory, MiB", "")


class Findings:
    """Collects rows and checks, and shows both."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._verdict = Verdict(f"{name}: what must hold")
        self._rows: list[tuple[str, ...]] = []

    def add(
        self,
        attack: str,
        over: str,
        sent: str,
        happened: str,
        asked: str,
        ok: bool,
        memory: float | None = None,
    ) -> None:
        """Add a row, and whether it is `asked` so; `memory` is what the attack has cost."""
        told = "" if memory is None else f"{memory:+.0f}"
        mark = "[green]✓" if ok else "[bold red]✗"
        self._rows.append((attack, over, sent, happened, asked, told, mark))
        self._verdict.holds(f"{attack} over {over}: {asked}", ok, happened)

    def show(self) -> bool:
        """Print all; return whether all holds."""
        show(f"{self._name}: attack by attack", COLUMNS, self._rows)
        return self._verdict.show()
