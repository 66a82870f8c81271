from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from chassis.application.parking import Choice
from chassis.application.ports.parking_lot import NotTaken, ParkedMessage, ParkingLot
from chassis.cli import parking
from chassis.cli.failure import CommandFailed


class Parked:
    """A message that the broker takes, or does not."""

    def __init__(self, identity: str, taken: bool) -> None:
        self.message = ParkedMessage(identity, b"", "on purpose", datetime.now(UTC))
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
        self.all = [Parked("1", False), Parked("2", True), Parked("3", True)]

    async def walk(self) -> AsyncGenerator[Parked]:
        for parked in self.all:
            yield parked

    async def count(self) -> int:
        return len(self.all)


@pytest.fixture
def lot(monkeypatch: pytest.MonkeyPatch) -> Lot:
    lot = Lot()

    @asynccontextmanager
    async def opened(unrouted: bool) -> AsyncIterator[ParkingLot]:
        yield lot

    monkeypatch.setattr(parking, "parking_lot", opened)
    return lot


async def test_one_that_is_not_taken_holds_up_nothing_behind_it(
    lot: Lot, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandFailed, match="1 not replayed, and still parked: its queue is full"):
        await parking.settle(lambda parked: parked.replay(), "replayed", Choice(), unrouted=True)

    assert [parked.replayed for parked in lot.all] == [False, True, True]
    assert "replayed: 2 messages" in capsys.readouterr().out
