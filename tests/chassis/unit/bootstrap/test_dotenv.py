import re
import resource
import stat
import sys
from pathlib import Path

import pytest

from chassis.bootstrap.dotenv import write_dotenv

EXAMPLE = "# Settings\nLOG_LEVEL=INFO\nA_KEY=<secret>\nB_KEY=<secret>\n# C_KEY=<secret>\n"
COMMENTED = "# D_KEY=<made by init>\n"


@pytest.fixture
def example(tmp_path: Path) -> Path:
    path = tmp_path / ".env.example"
    path.write_text(EXAMPLE)
    return path


def test_each_secret_is_made_afresh_and_the_rest_is_kept(example: Path, tmp_path: Path) -> None:
    texts = []
    for name in ("first", "second"):
        assert write_dotenv(example, tmp_path / name) == 2
        texts.append((tmp_path / name).read_text())

    secrets = [secret for text in texts for secret in re.findall(r"^._KEY=(.+)$", text, re.M)]
    assert len(set(secrets)) == 4
    assert all(re.fullmatch(r"[\w-]{43}", secret) for secret in secrets)
    assert re.sub(r"(?m)^(._KEY)=.+$", r"\1=<secret>", texts[0]) == EXAMPLE


def test_the_file_is_its_owners_alone(example: Path, tmp_path: Path) -> None:
    write_dotenv(example, tmp_path / ".env")

    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600


def test_a_file_that_is_there_is_left_alone(example: Path, tmp_path: Path) -> None:
    target = tmp_path / ".env"
    target.write_text("MINE=1\n")

    with pytest.raises(FileExistsError):
        write_dotenv(example, target)
    assert target.read_text() == "MINE=1\n"


def test_a_secret_may_wait_in_a_comment(tmp_path: Path) -> None:
    example = tmp_path / ".env.example"
    example.write_text(COMMENTED)

    assert write_dotenv(example, tmp_path / ".env") == 1
    assert re.fullmatch(r"D_KEY=[\w-]{43}\n", (tmp_path / ".env").read_text())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_without_room_for_all_of_it_there_is_none_of_it(example: Path, tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8, limits[1]))
    try:
        with pytest.raises(OSError, match="too large") as caught:
            write_dotenv(example, tmp_path / ".env")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert caught.value.filename == str(tmp_path / ".env")
    assert not (tmp_path / ".env").exists()
    assert write_dotenv(example, tmp_path / ".env") == 2
