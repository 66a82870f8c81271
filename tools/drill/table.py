"""A table of figures, with a verdict."""

from collections.abc import Iterable, Sequence

from rich.table import Table

from tools.drill.verdict import console


def show(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print the rows; numbers stand to the right."""
    lines = [*rows]
    table = Table(title=title, title_justify="left", title_style="bold", box=None)
    for index, name in enumerate(columns):
        are_numbers = all(isinstance(line[index], int | float) for line in lines)
        table.add_column(name, justify="right" if are_numbers else "left")
    for line in lines:
        table.add_row(*(_spelt(value) for value in line))
    console.print(table)


def _spelt(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
