import sys
from pathlib import Path

import pytest
from rich.console import Console

from scripts.update import checks
from scripts.update.checks import INSTALL, installer


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """The project's lock file, which is not there yet."""
    return tmp_path / "uv.lock"


def has(monkeypatch: pytest.MonkeyPatch, *, pip: bool, uv: bool) -> None:
    monkeypatch.setattr(checks, "find_spec", lambda name: pip or None)
    monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}" if uv else None)
    monkeypatch.delenv("UV", raising=False)


@pytest.mark.parametrize("pip", (True, False))
def test_with_a_lock_file_uv_brings_what_it_says(
    monkeypatch: pytest.MonkeyPatch, lock: Path, pip: bool
) -> None:
    has(monkeypatch, pip=pip, uv=True)
    lock.touch()

    assert installer(lock.parent) == ["/bin/uv", "sync", "--quiet"]


def test_an_environment_of_uv_without_a_lock_file_needs_no_pip(
    monkeypatch: pytest.MonkeyPatch, lock: Path
) -> None:
    has(monkeypatch, pip=False, uv=True)

    assert installer(lock.parent) == ["/bin/uv", "pip", *INSTALL, "--python", sys.executable]


def test_a_uv_that_runs_this_need_not_be_on_the_path(
    monkeypatch: pytest.MonkeyPatch, lock: Path
) -> None:
    has(monkeypatch, pip=False, uv=False)
    monkeypatch.setenv("UV", "/opt/uv")

    assert installer(lock.parent) == ["/opt/uv", "pip", *INSTALL, "--python", sys.executable]


@pytest.mark.parametrize("uv", (True, False))
def test_pip_is_used_where_it_is_and_nothing_is_locked(
    monkeypatch: pytest.MonkeyPatch, lock: Path, uv: bool
) -> None:
    has(monkeypatch, pip=True, uv=uv)

    assert installer(lock.parent) == [sys.executable, "-m", "pip", *INSTALL]


def test_without_either_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], lock: Path
) -> None:
    has(monkeypatch, pip=False, uv=False)

    assert checks.run_checks(Console(), lock.parent) == 1

    said = capsys.readouterr().out
    assert "uv sync" in said
    assert "poe check" in said
