"""The table of the runs, and what they crashed with."""

from collections.abc import Iterable

from tools.fuzz.run import Outcome

HEAD = ("target", "runs", "runs/s", "edges", "features", "CPU s", "last new", "peak MB", "crashes")


def table(outcomes: Iterable[Outcome]) -> str:
    """Return a line for each run; `last new` is how many seconds ago it had found something new."""
    rows = [HEAD, *(_row(outcome) for outcome in outcomes)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def crash(outcome: Outcome) -> str:
    """Return what a run ended with, and each input that made it do so."""
    inputs = [f"{path}: {path.read_bytes()!r}" for path in outcome.crashes]
    return "\n".join([f"--- {outcome.target}", *outcome.last, *inputs])


def _row(outcome: Outcome) -> tuple[str, ...]:
    progress, seconds = outcome.progress, outcome.seconds
    ago = f"{seconds - progress.found:.0f}{' flat' if outcome.is_flat else ''}"
    return (
        outcome.target,
        f"{progress.executions:,}",
        f"{progress.executions / seconds:,.0f}" if seconds else "",
        f"{progress.edges:,}",
        f"{progress.features:,}",
        f"{seconds:.0f}",
        ago,
        f"{progress.peak:,}",
        str(len(outcome.crashes)),
    )


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    name, *figures = (
        cell.rjust(width) if number else cell.ljust(width)
        for number, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join([name, *figures])
