from typing import Any

import pytest

from benchmarks.page import asked, figure, table


def result(**changed: Any) -> dict[str, Any]:
    return {
        "title": "a pair",
        "unit": "ms",
        "ours": {"name": "service", "median": 1234.5},
        "against": {"name": "other", "median": 1000.0},
        "ratio": 1.2345,
        "ratios": [1.1, 1.2345, 1.4],
        "at_least": None,
        "at_most": 1.5,
        "met": True,
        "command": "./run bench -- a",
        "date": "2026-01-02",
        "machine": {"cores": 2, "memory_gb": 8.0, "system": "Linux"},
        "versions": {"Python": "3.13"},
        **changed,
    }


def test_a_result_is_a_line_with_its_spread_and_what_is_asked() -> None:
    line = list(table([result()]))[2]

    assert line == (
        "| a pair | service: 1,234 ms | other: 1,000 ms | **1.23** (1.10 to 1.40) | ≤ 1.5 | ✓ |"
    )


def test_what_is_missed_says_so() -> None:
    assert list(table([result(met=False)]))[2].endswith("| ✗ |")


def test_a_result_without_another_side_has_no_ratio() -> None:
    alone = result(against=None, ratio=None, ratios=[])

    assert list(table([alone]))[2] == "| a pair | service: 1,234 ms |  |  | ≤ 1.5 | ✓ |"


def test_each_command_is_told_once() -> None:
    lines = list(table([result(), result(), result(command="./run bench -- b")]))

    made = "2026-01-02 | 2 cores, 8.0 GB, Linux; Python 3.13 |"
    assert lines[-2:] == [f"| `./run bench -- a` | {made}", f"| `./run bench -- b` | {made}"]


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ({"at_least": 0.4, "at_most": None}, "≥ 0.4"),
        ({"at_least": None, "at_most": 1.5}, "≤ 1.5"),
        ({"at_least": None, "at_most": None}, ""),
    ],
)
def test_what_is_asked(bounds: dict[str, float | None], words: str) -> None:
    assert asked(bounds) == words


@pytest.mark.parametrize(
    ("value", "text"), [(0.01234, "0.0123"), (99.94, "99.9"), (100.4, "100"), (12345.6, "12,346")]
)
def test_figures_have_three_digits_that_matter(value: float, text: str) -> None:
    assert figure(value) == text
