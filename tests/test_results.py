import json
from pathlib import Path

import pytest

from benchmarks import results
from benchmarks.results import Measured, command, load, met, ratios, save

OURS = Measured("service", [900.0, 1000.0, 1200.0])
PEER = Measured("peer", [100.0, 80.0, 120.0])


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path / "results")


def test_a_ratio_is_of_the_medians_and_its_spread_of_the_rounds() -> None:
    save("pair", OURS, PEER, title="POST", unit="answers/s", at_least=9)

    (found,) = load()
    assert found["ratio"] == 10
    assert found["ratios"] == ratios(OURS, PEER) == [9, 12.5, 10]
    assert (found["ours"]["median"], found["against"]["median"]) == (1000, 100)
    assert found["met"] is True


def test_without_another_side_the_figure_itself_is_bounded() -> None:
    save("alone", Measured("p99", [9.0, 11.0, 12.0]), None, title="list", unit="ms", at_most=10)

    (found,) = load()
    assert found["against"] is found["ratio"] is None
    assert found["ratios"] == []
    assert found["met"] is False


@pytest.mark.parametrize(
    ("figure", "at_least", "at_most", "expected"),
    [
        (1.0, None, None, True),
        (5.0, 5.0, None, True),
        (4.99, 5.0, None, False),
        (1.5, None, 1.5, True),
        (1.51, None, 1.5, False),
    ],
)
def test_a_bound_itself_is_met(
    figure: float, at_least: float | None, at_most: float | None, expected: bool
) -> None:
    assert met(figure, at_least, at_most) is expected


def test_sides_that_were_not_measured_as_often_make_no_ratio() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratios(OURS, Measured("peer", [100.0]))


def test_a_result_tells_how_it_was_made() -> None:
    path = save("pair", OURS, PEER, title="POST", unit="answers/s", versions={"Redis": "8.0"})

    found = json.loads(path.read_text())
    assert found["rounds"] == 3
    assert found["versions"]["Redis"] == "8.0"
    assert found["machine"]["cores"] > 0
    assert found["machine"]["memory_gb"] > 0


def test_a_command_is_told_as_one_starts_it() -> None:
    started = ["/somewhere/benchmarks/register.py", "--rounds", "5"]

    assert command(started) == "./run bench -- register --rounds 5"
