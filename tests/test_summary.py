from pathlib import Path

import pytest

from tools import summary

PASSED = '<testcase classname="tests.unit" name="one"/>'
FAILED = (
    '<testcase classname="tests.unit" name="two"><failure message="it broke">…</failure></testcase>'
)


def write(folder: Path, name: str, *cases: str) -> None:
    failures = sum("failure" in case for case in cases)
    suite = f'<testsuite tests="{len(cases)}" failures="{failures}">{"".join(cases)}</testsuite>'
    (folder / f"{name}.xml").write_text(f"<testsuites>{suite}</testsuites>")


@pytest.fixture
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(summary, "REPORTS", tmp_path)
    return tmp_path


def test_all_is_added_up(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(reports, "consumer", PASSED)
    write(reports, "producer", PASSED, PASSED)
    assert summary.main() == 0
    assert capsys.readouterr().out.splitlines() == [
        "consumer: 1 passed, 0 failed, 0 skipped",
        "producer: 2 passed, 0 failed, 0 skipped",
        "3 passed, 0 failed, 0 skipped",
    ]


def test_what_failed_is_named(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(reports, "consumer", PASSED, FAILED)
    assert summary.main() == 1
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first == "consumer: tests.unit::two: it broke"
    assert last == "1 passed, 1 failed, 0 skipped"


def test_nothing_at_all_is_a_failure(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert summary.main() == 1
    assert capsys.readouterr().out.splitlines() == ["0 passed, 0 failed, 0 skipped"]
