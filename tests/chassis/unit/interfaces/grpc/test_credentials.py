import logging

import pytest

from chassis.interfaces.grpc import credentials as module
from chassis.interfaces.grpc.credentials import Fetcher, Files
from chassis.interfaces.serving.errors import StartError
from chassis.interfaces.serving.tls import Tls
from tests.unit.support import ManualTime

FIRST: Files = (b"certificate", b"key", None)
SECOND: Files = (b"other certificate", b"other key", None)


class Disk(Tls):
    """Files without a disk."""

    def __init__(self, files: Files) -> None:
        self.files: Files | StartError = files
        self.looks = 0

    def read(self) -> Files:
        self.looks += 1
        if isinstance(self.files, StartError):
            raise self.files
        return self.files


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> ManualTime:
    time = ManualTime()
    monkeypatch.setattr(module, "time", time)
    return time


def test_looks_once_a_second(time: ManualTime) -> None:
    disk = Disk(FIRST)
    fetcher = Fetcher(disk)
    for _ in range(5):
        assert fetcher() is None
    assert disk.looks == 1
    time.now += 1
    assert fetcher() is None
    assert disk.looks == 2


def test_tells_of_what_has_changed_once(time: ManualTime) -> None:
    disk = Disk(FIRST)
    fetcher = Fetcher(disk)
    disk.files = SECOND
    time.now += 1
    assert fetcher() is not None
    time.now += 1
    assert fetcher() is None


def test_what_cannot_be_used_changes_nothing_and_is_told_once(
    time: ManualTime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "chassis")
    disk = Disk(FIRST)
    fetcher = Fetcher(disk)
    disk.files = StartError("half of it")
    for _ in range(3):
        time.now += 1
        assert fetcher() is None
    disk.files = SECOND
    time.now += 1
    assert fetcher() is not None

    assert caplog.messages == ["certificate not renewed", "certificate renewed"]


@pytest.mark.parametrize(("client_ca", "asks"), ((None, False), (b"ca", True)))
def test_asks_clients_where_there_is_an_authority(client_ca: bytes | None, asks: bool) -> None:
    assert Fetcher(Disk((b"certificate", b"key", client_ca))).asks_clients is asks


def test_what_cannot_be_used_at_the_start_is_an_error() -> None:
    disk = Disk(FIRST)
    disk.files = StartError("no")
    with pytest.raises(StartError):
        Fetcher(disk)
