import os
import sys
from pathlib import Path

import pytest

from chassis.infrastructure.secrets.bounded import LONGEST, read_bytes

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")


def refusal(path: Path | str) -> str | None:
    with pytest.raises(OSError, match="it") as caught:
        read_bytes(Path(path), timeout=0.1)
    return caught.value.strerror


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    content = os.urandom(LONGEST)
    (tmp_path / "file").write_bytes(content)

    assert read_bytes(tmp_path / "file") == content


def test_a_pipe_is_read_to_its_end() -> None:
    reader, writer = os.pipe()
    os.write(writer, b"secret")
    os.close(writer)

    assert read_bytes(Path(f"/dev/fd/{reader}")) == b"secret"
    os.close(reader)


def test_a_pipe_that_nobody_writes_to_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert refusal(tmp_path / "pipe") == "it gives no end within 0.1 s"


def test_what_has_no_end_is_refused() -> None:
    assert refusal("/dev/zero") == f"it has more than {LONGEST:,} bytes"


def test_a_path_with_a_nul_is_refused() -> None:
    assert refusal("a\0b") == "its path has a NUL"
