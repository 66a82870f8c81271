import errno
from pathlib import Path

import pytest

from tests.chaos.disk import Disk, lacks

pytestmark = pytest.mark.needs(lacks())


def test_a_disk_is_full_until_it_is_cleared(tmp_path: Path) -> None:
    before = tmp_path / "before"
    before.mkdir(mode=0o700)
    (before / "kept").write_text("kept")
    path = tmp_path / "disk"
    path.mkdir()
    disk = Disk(path)
    disk.mount(like=before)
    try:
        disk.take_in(before)
        assert path.stat().st_mode & 0o777 == 0o700
        disk.fill(spare=64 * 1024)
        with pytest.raises(OSError, match="No space left") as full:
            (path / "big").write_bytes(bytes(200_000))
        assert full.value.errno == errno.ENOSPC
        assert (path / "kept").read_text() == "kept"
        disk.clear()
        (path / "big").write_bytes(bytes(200_000))
    finally:
        disk.unmount()
    assert list(path.iterdir()) == []
