from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks.chart import MET, MISSED, chart

SVG = "{http://www.w3.org/2000/svg}"


def result(ratio: float | None = 1.2, **changed: Any) -> dict[str, Any]:
    return {
        "title": "a pair",
        "ours": {"name": "service", "median": 12.0},
        "against": {"name": "other <1>", "median": 10.0},
        "ratio": ratio,
        "ratios": [] if ratio is None else [0.9 * ratio, ratio, 1.1 * ratio],
        "at_least": 1.0,
        "at_most": None,
        "met": True,
        **changed,
    }


def circles(*results: dict[str, Any]) -> list[ElementTree.Element]:
    return ElementTree.fromstring(chart(results)).findall(f"{SVG}circle")


def place(circle: ElementTree.Element) -> float:
    return float(circle.attrib["cx"])


def test_each_pair_has_a_line_and_what_has_no_ratio_has_none() -> None:
    assert len(circles(result(), result(2.0), result(None))) == 2


def test_larger_ratios_lie_further_right_by_their_logarithm() -> None:
    half, one, two, twelve = map(place, circles(*map(result, (0.5, 1.0, 2.0, 12.0))))

    assert half < one < two < twelve
    assert two - one == pytest.approx(one - half, abs=0.2)


def test_what_is_beyond_the_scale_lies_at_its_end() -> None:
    far, further = map(place, circles(result(100.0), result(1000.0)))

    assert far == further


def test_what_is_met_and_what_is_missed_differ() -> None:
    met, missed = circles(result(), result(met=False))

    assert (met.attrib["fill"], missed.attrib["fill"]) == (MET, MISSED)


def test_a_bound_points_to_where_the_ratio_is_to_be() -> None:
    least = chart([result(at_least=1.0)])
    most = chart([result(at_least=None, at_most=1.5)])
    neither = chart([result(at_least=None)])

    assert "h6" in least
    assert "h-6" in most
    assert "h6" not in neither
    assert "h-6" not in neither
