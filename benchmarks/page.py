"""Puts the results into the documentation: `./run bench -- page`.

They are what `build/bench/results` holds, of the runs before; the page quotes the table, and shows
the chart.
"""

from collections.abc import Iterator, Sequence

from benchmarks import results
from benchmarks.chart import Result, chart
from tools.service import ROOT

TABLE = ROOT / "benchmarks" / "results.md"
CHART = ROOT / "docs" / "assets" / "benchmarks.svg"


def table(found: Sequence[Result]) -> Iterator[str]:
    """Yield the lines of two tables: the results, and the commands that made them."""
    yield "| what | ours | against | ratio | asked | |"
    yield "|---|---|---|---|---|---|"
    for result in found:
        yield "| " + " | ".join(_cells(result)) + " |"
    yield ""
    yield "| made by | on | with |"
    yield "|---|---|---|"
    made = {(each["command"], each["date"], _with(each)): None for each in found}
    for command, date, with_what in made:
        yield f"| `{command}` | {date} | {with_what} |"


def _cells(result: Result) -> Iterator[str]:
    against = result["against"]
    yield result["title"]
    yield _side(result["ours"], result["unit"])
    yield _side(against, result["unit"]) if against else ""
    spread = f" ({min(result['ratios']):.2f} to {max(result['ratios']):.2f})" if against else ""
    yield f"**{result['ratio']:.2f}**{spread}" if against else ""
    yield asked(result)
    yield "✓" if result["met"] else "✗"


def asked(result: Result) -> str:
    """Return what is asked of the ratio, in words of mathematics."""
    if result["at_least"] is not None:
        return f"≥ {result['at_least']:.3g}"
    return f"≤ {result['at_most']:.3g}" if result["at_most"] is not None else ""


def figure(value: float) -> str:
    """Return a figure with three digits that matter."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _side(side: Result, unit: str) -> str:
    return f"{side['name']}: {figure(side['median'])} {unit}"


def _with(result: Result) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    machine = result["machine"]
    return f"{machine['cores']} cores, {machine['memory_gb']} GB, {machine['system']}; {versions}"


def main() -> None:
    """Write the table and the chart."""
    found = results.load()
    if not found:
        raise SystemExit("there are no results: run some benchmarks first")
    TABLE.write_text("\n".join(table(found)) + "\n", "utf-8")
    CHART.write_text(chart(found), "utf-8")
    print(f"{len(found)} results in {TABLE.relative_to(ROOT)} and {CHART.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
