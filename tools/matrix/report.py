"""The table at the end."""

from collections.abc import Sequence

from rich.table import Table

from tools.matrix.outcome import Outcome


def table(outcomes: Sequence[Outcome]) -> Table:
    """Return a row for each check: on how many it was run, where it failed, what it took."""
    found = Table(title="every answer set", title_justify="left", box=None)
    for heading in ("check", "run on", "failed on", "seconds"):
        found.add_column(heading, justify="left" if heading == "check" else "right")
    for check in dict.fromkeys(check for it in outcomes for check in it.seconds):
        run = [it for it in outcomes if check in it.seconds]
        failed = sum(bool(it.problems[check]) for it in run)
        seconds = sum(it.seconds[check] for it in run)
        colour = "[bold red]" if failed else "[green]"
        found.add_row(check, str(len(run)), f"{colour}{failed}", f"{seconds:.1f}")
    return found


def sentence(sizes: dict[str, int], trees: int, seconds: float) -> str:
    """Return in words how much there was of what."""
    count = sum(sizes.values())
    kinds = ", ".join(f"{size} {kind}" for kind, size in sizes.items() if size)
    return (
        f"renderings: {count} ({kinds}), in {seconds:.0f} s; distinct code trees: {trees}, so what "
        f"looks at code alone was run on {trees} and holds for {count - trees} more that are equal"
    )
