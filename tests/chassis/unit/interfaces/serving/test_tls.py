import os
from pathlib import Path

import pytest

from chassis.interfaces.serving import tls as module
from chassis.interfaces.serving.errors import StartError
from chassis.interfaces.serving.tls import Tls
from tests.chassis.certificates import Authority, Files
from tests.unit.support import ManualTime


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def files(authority: Authority) -> Files:
    return authority.sign("service")


def test_the_files_are_read(authority: Authority, files: Files) -> None:
    assert Tls(*files).read() == (*(file.read_bytes() for file in files), None)
    assert Tls(*files, authority.file).read()[2] == authority.file.read_bytes()


def test_files_that_cannot_be_used_are_told_with_what_to_do(
    authority: Authority, files: Files
) -> None:
    other, locked = authority.sign("other"), authority.sign("locked", password="hush")
    missing = files.certificate.with_name("none")

    for wrong, told in (
        (Tls(missing, files.private_key), "none cannot be read: No such file"),
        (Tls(files.certificate, other.private_key), "that belong together"),
        (Tls(files.private_key, files.certificate), "must be PEM files"),
        (Tls(*locked), "has a password: remove it"),
        (Tls(*files, files.private_key), "cannot be used"),
    ):
        with pytest.raises(StartError, match=told):
            wrong.context()


def test_what_is_renewed_is_loaded_once(
    authority: Authority,
    files: Files,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    time = ManualTime()
    monkeypatch.setattr(module, "time", time)
    tls = Tls(*files)
    context = tls.context()

    authority.sign("service")
    # A file system may have times only to the second.
    os.utime(files.certificate, (1, 1))
    for _ in range(3):
        time.now += module.POLL_INTERVAL + 0.1
        tls.renew(context)

    assert [record.message for record in caplog.records] == ["certificate renewed"]


def test_half_a_file_leaves_the_old_certificate(
    files: Files, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    time = ManualTime()
    monkeypatch.setattr(module, "time", time)
    tls = Tls(*files)
    context = tls.context()

    files.certificate.write_bytes(files.certificate.read_bytes()[:100])
    time.now += module.POLL_INTERVAL + 0.1
    tls.renew(context)
    files.private_key.unlink()
    time.now += module.POLL_INTERVAL + 0.1
    tls.renew(context)

    assert [record.message for record in caplog.records] == ["certificate not renewed"]
