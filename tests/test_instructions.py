import pytest

from benchmarks.instructions import ROUNDS, TOLERANCE, ratios_of, read_sum, verdict


def test_start_up_falls_out_of_a_ratio() -> None:
    start, reference, path = 1_000_000, 100, 250
    few, many = 2, 2 + ROUNDS
    before = 7_654_321
    sums = [before, start + few * reference, start + many * reference]
    for _ in range(4):
        sums += [before, start + few * path, start + many * path]

    paths = ("register", "ingest", "fan_out", "request_log")
    assert ratios_of(sums) == dict.fromkeys(paths, 2.5)


@pytest.mark.parametrize(
    ("ratio", "problem"),
    [
        (2.0, ""),
        (2.0 * (1 + TOLERANCE) - 0.01, ""),
        (2.0 * (1 - TOLERANCE) + 0.01, ""),
        (2.0 * (1 + TOLERANCE) + 0.01, "costs more"),
        (2.0 * (1 - TOLERANCE) - 0.01, "costs less"),
    ],
)
def test_more_and_less_than_the_tolerance_are_both_told(ratio: float, problem: str) -> None:
    found = verdict(ratio, 2.0)

    assert found.startswith(problem)
    assert bool(found) is bool(problem)


def test_a_sum_is_found_behind_what_was_counted_for_each_line() -> None:
    assert read_sum("events: Ir\nfn=(1)\n0 12\n\ntotals: 1234\n") == 1234


def test_a_file_without_a_sum_is_an_error() -> None:
    with pytest.raises(ValueError, match="no sum"):
        read_sum("events: Ir\n")
