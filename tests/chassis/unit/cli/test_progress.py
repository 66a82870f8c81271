"""The progress of a command without a terminal."""

import pytest

from chassis.cli.progress import INTERVAL, progress


def test_a_line_is_told_at_each_interval_and_no_more_often(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)

    with progress("counted", total=30) as tell:
        for number in range(30):
            tell(number, f"counted: {number}")
            now += INTERVAL / 10

    out, err = capsys.readouterr()
    assert (out, err) == ("", "counted: 10\ncounted: 20\n")
