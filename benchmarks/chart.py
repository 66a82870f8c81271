"""The results as a chart: one line for each pair, on one scale of ratios.

It is drawn in colours that can be read on a light page and on a dark one.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT = 760, 400, 24
ROW, TOP, BOTTOM = 46, 34, 14

TEXT, MUTED, GRID = "#9b6bb8", "#8b8394", "#8b8394"
MET, MISSED = "#2e9e6b", "#d1495b"
TICKS = (0.25, 0.5, 1, 2, 4, 8, 16, 32)

Result = Mapping[str, Any]


def chart(results: Sequence[Result]) -> str:
    """Return the SVG of the results that have a ratio, in their order."""
    pairs = [result for result in results if result["ratio"] is not None]
    height = TOP + ROW * len(pairs) + BOTTOM
    ticks = _ticks(pairs)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
        ' font-family="system-ui, sans-serif" font-size="12">',
        "  <title>The ratio of each pair, its spread, and what is asked of it</title>",
    ]
    for tick in ticks:
        x = _x(tick, ticks)
        strong = ' stroke-width="1.5"' if tick == 1 else ' stroke-opacity=".35"'
        lines.append(f'  <path d="M{x} {TOP - 8}V{height - BOTTOM}" stroke="{GRID}"{strong}/>')
        label = f"{tick:g}\N{MULTIPLICATION SIGN}"
        lines.append(
            f'  <text x="{x}" y="{TOP - 14}" fill="{MUTED}" text-anchor="middle">{label}</text>'
        )
    for number, pair in enumerate(pairs):
        lines += _row(pair, TOP + ROW * number, ticks)
    return "\n".join([*lines, "</svg>", ""])


def _row(pair: Result, y: int, ticks: Sequence[float]) -> Iterator[str]:
    colour = MET if pair["met"] else MISSED
    middle = y + ROW // 2
    names = f"{pair['ours']['name']} vs. {pair['against']['name']}"
    yield (
        f'  <text x="0" y="{middle - 4}" fill="{TEXT}" font-weight="600">'
        f"{escape(_short(pair['title'], 56))}</text>"
    )
    yield f'  <text x="0" y="{middle + 12}" fill="{MUTED}">{escape(_short(names, 62))}</text>'
    low, high = _x(min(pair["ratios"]), ticks), _x(max(pair["ratios"]), ticks)
    yield (
        f'  <path d="M{low} {middle}H{max(high, low + 1)}" stroke="{colour}" stroke-width="6"'
        ' stroke-opacity=".45" stroke-linecap="round"/>'
    )
    x = _x(pair["ratio"], ticks)
    yield f'  <circle cx="{x}" cy="{middle}" r="5" fill="{colour}"/>'
    yield from _asked(pair, middle, ticks)
    yield (
        f'  <text x="{x}" y="{middle - 9}" fill="{colour}" font-weight="600"'
        f' text-anchor="middle">{pair["ratio"]:.2f}</text>'
    )


def _asked(pair: Result, middle: int, ticks: Sequence[float]) -> Iterator[str]:
    """Draw the bound, with a foot on the side where the ratio is to be."""
    bound, foot = pair["at_least"], 6
    if bound is None:
        bound, foot = pair["at_most"], -6
    if bound is not None:
        x = _x(bound, ticks)
        yield (
            f'  <path d="M{x} {middle - 7}V{middle + 9}h{foot}" fill="none" stroke="{TEXT}"'
            ' stroke-width="1.5"/>'
        )


def _ticks(pairs: Sequence[Result]) -> list[float]:
    """Return the ticks between which all lies."""
    seen = [1.0]
    for pair in pairs:
        bounds = (pair["at_least"], pair["at_most"])
        seen += [*pair["ratios"], *(bound for bound in bounds if bound is not None)]
    first = max([tick for tick in TICKS if tick <= min(seen)], default=TICKS[0])
    last = min([tick for tick in TICKS if tick >= max(seen)], default=TICKS[-1])
    return [tick for tick in TICKS if first <= tick <= last]


def _x(ratio: float, ticks: Sequence[float]) -> float:
    """Return where a ratio lies; what is beyond the scale lies at its end."""
    first, last = math.log(ticks[0]), math.log(ticks[-1])
    share = (math.log(ratio) - first) / ((last - first) or 1.0)
    return round(LEFT + min(max(share, 0.0), 1.0) * (WIDTH - LEFT - RIGHT), 1)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip(" ,") + "…"
