import asyncio
import logging
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from chassis.infrastructure.secrets.source import (
    SecretSource,
    SecretText,
    SecretUnreadable,
    read_secret_file,
    source_of,
)

Clock = Callable[[float], None]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return a function that lets seconds pass."""
    now = 1000.0

    def advance(seconds: float) -> None:
        nonlocal now
        now += seconds

    clock = SimpleNamespace(monotonic=lambda: now)
    monkeypatch.setattr("chassis.infrastructure.secrets.source.time", clock)
    return advance


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text("first\n")
    return path


def of_file(path: Path) -> SecretSource:
    return SecretSource("KEY_FILE", partial(read_secret_file, path), path)


def test_a_text_knows_its_source(file: Path) -> None:
    found = of_file(file)

    assert SecretText(found) == "first"
    assert source_of(SecretText(found)) is found
    assert source_of("first") is None


def test_a_file_that_changes_is_read_again_once_a_second(file: Path, later: Clock) -> None:
    found = of_file(file)

    file.write_text("second")
    assert found.look() == "first"
    later(1)
    assert found.look() == "second"


def test_a_file_of_the_same_time_and_another_size_has_changed(file: Path, later: Clock) -> None:
    times = file.stat().st_mtime_ns
    found = of_file(file)

    file.write_text("other one")
    os.utime(file, ns=(times, times))
    later(1)

    assert found.look() == "other one"


def test_a_file_that_is_replaced_by_another_has_changed(file: Path, later: Clock) -> None:
    found = of_file(file)

    new = file.with_name("new")
    new.write_text("fresh\n")
    new.replace(file)
    later(1)

    assert found.look() == "fresh"


@pytest.mark.parametrize("content", (None, b"", b" \n", b"\xff"))
def test_while_a_file_cannot_be_read_the_secret_stays(
    content: bytes | None, file: Path, later: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    found = of_file(file)

    file.unlink() if content is None else file.write_bytes(content)
    later(1)
    with caplog.at_level(logging.WARNING):
        assert found.look() == "first"
    assert str(vars(caplog.records[0])["reason"]).startswith("KEY_FILE names a")
    file.write_text("second")
    later(1)
    assert found.look() == "second"


def test_a_file_is_read_again_at_once_if_it_is_asked_for(file: Path) -> None:
    found = of_file(file)

    file.write_text("second")

    assert asyncio.run(found.renew()) == "second"


async def test_a_command_runs_again_only_if_it_is_asked_for_and_once_a_second(
    later: Clock,
) -> None:
    outputs = iter(("first", "second", "third"))
    found = SecretSource("KEY_COMMAND", lambda: next(outputs))

    later(5)
    assert found.look() == "first"
    assert await found.renew() == "second"
    assert await found.renew() == "second"
    later(1)
    assert await found.renew() == "third"


async def test_a_command_that_fails_leaves_the_secret(
    later: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    outputs = iter(("first",))

    def read() -> str:
        for output in outputs:
            return output
        raise SecretUnreadable("has failed with exit code 2")

    found = SecretSource("KEY_COMMAND", read)
    later(1)

    assert await found.renew() == "first"
    assert vars(caplog.records[0])["reason"] == "KEY_COMMAND has failed with exit code 2"


def test_the_first_read_must_succeed(tmp_path: Path) -> None:
    with pytest.raises(SecretUnreadable, match="No such file"):
        of_file(tmp_path / "none")
