import asyncio
from pathlib import Path

import pytest

from benchmarks import results, rounds
from benchmarks.rounds import Sample, Side, alternate, report


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path / "results")
    monkeypatch.setattr(rounds, "FOLDER", tmp_path)


async def once() -> Sample:
    return Sample(1.0)


def side(name: str, *values: float, at_least: float | None = None) -> Side:
    return Side(name, once, at_least, samples=[Sample(value) for value in values])


def test_sides_take_turns_forwards_and_backwards() -> None:
    taken = []

    def measuring(name: str) -> Side:
        async def measure() -> Sample:
            taken.append(name)
            return Sample(1.0)

        return Side(name, measure)

    asyncio.run(alternate([measuring("a"), measuring("b")], 3))

    assert taken == ["a", "b", "b", "a", "a", "b"]


def test_each_side_that_is_bounded_has_a_result() -> None:
    sides = [
        side("peer", 100, 110),
        side("service", 900, 1100, at_least=9),
        side("service, relay off", 90, 110, at_least=1),
        side("with a log", 500, 600),
    ]

    report("register", "POST", "answers/s", sides, {"PostgreSQL": "17.1"})

    found = {each["name"]: each for each in results.load()}
    assert list(found) == ["register-service", "register-service-relay-off"]
    assert {each["against"]["name"] for each in found.values()} == {"peer"}
    assert [each["met"] for each in found.values()] == [True, False]
    assert found["register-service"]["versions"]["PostgreSQL"] == "17.1"


def test_the_table_has_each_side_with_its_ratio_and_spread(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report("pair", "POST", "answers/s", [side("peer", 100, 100), side("service", 500, 700)])

    said = capsys.readouterr().out
    assert "6.000" in said
    assert "5.00 to 7.00" in said
