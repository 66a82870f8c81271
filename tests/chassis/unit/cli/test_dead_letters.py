from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from chassis.application.dead_letter_choice import Choice
from chassis.application.ports.dead_letter_queue import DeadLetterMessage, DeadLetterQueue, NotTaken
from chassis.cli import dead_letters
from chassis.cli.failure import CommandFailed


class DeadLetter:
    """A message that the broker takes, or does not."""

    def __init__(self, identity: str, taken: bool) -> None:
        self.message = DeadLetterMessage(identity, b"", "on purpose", datetime.now(UTC))
        self.replayed = False
        self._taken = taken

    async def replay(self) -> None:
        if not self._taken:
            raise NotTaken("its queue is full")
        self.replayed = True

    async def discard(self) -> None:
        raise AssertionError("nobody asked for it")


class Lot:
    """Three messages, of which the broker does not take the first."""

    def __init__(self) -> None:
        self.all = [DeadLetter("1", False), DeadLetter("2", True), DeadLetter("3", True)]

    async def walk(self) -> AsyncGenerator[DeadLetter]:
        for dead_letter in self.all:
            yield dead_letter

    async def count(self) -> int:
        return len(self.all)


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Lot:
    queue = Lot()

    @asynccontextmanager
    async def opened(unrouted: bool) -> AsyncIterator[DeadLetterQueue]:
        yield queue

    monkeypatch.setattr(dead_letters, "dead_letter_queue", opened)
    return queue


async def test_one_that_is_not_taken_holds_up_nothing_behind_it(
    queue: Lot, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandFailed, match="1 not replayed, and still stored: its queue is full"):
        await dead_letters.settle(
            lambda dead_letter: dead_letter.replay(), "replayed", Choice(), unrouted=True
        )

    assert [dead_letter.replayed for dead_letter in queue.all] == [False, True, True]
    assert "replayed: 2 messages" in capsys.readouterr().out
