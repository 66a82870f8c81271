import os
import re
import stat
from pathlib import Path

import pytest

from chassis.bootstrap.secret_files import SecretTaken, write_secrets

EXAMPLES = {
    "broker.conf": "default_user = app\ndefault_pass = <secret:broker>\n",
    "broker_url": "amqp://app:<secret:broker>@broker\n",
    "cache_password": "<secret:cache>\n",
}


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    folder = tmp_path / "secrets.example"
    folder.mkdir()
    for name, text in EXAMPLES.items():
        (folder / name).write_text(text)
    return folder


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_one_name_is_one_secret_and_another_name_another(examples: Path, tmp_path: Path) -> None:
    written = write_secrets(examples)

    found = contents(tmp_path / "secrets")
    assert [path.name for path in written] == list(EXAMPLES)
    broker = found["broker_url"].removeprefix("amqp://app:").removesuffix("@broker\n")
    assert found["broker.conf"] == f"default_user = app\ndefault_pass = {broker}\n"
    assert re.fullmatch(r"[\w-]{43}", broker)
    assert re.fullmatch(r"[\w-]{43}\n", found["cache_password"])
    assert found["cache_password"].strip() != broker


def test_the_folder_is_its_owners_alone_and_a_container_can_read_each_file(
    examples: Path, tmp_path: Path
) -> None:
    before = os.umask(0o077)
    try:
        written = write_secrets(examples)
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o444}


def test_what_is_there_is_left_alone(examples: Path, tmp_path: Path) -> None:
    write_secrets(examples)
    before = contents(tmp_path / "secrets")

    assert write_secrets(examples) == []
    assert contents(tmp_path / "secrets") == before


def test_a_secret_that_came_later_is_added(examples: Path, tmp_path: Path) -> None:
    write_secrets(examples)
    (examples / "later").write_text("<secret:later>")

    assert write_secrets(examples) == [tmp_path / "secrets" / "later"]


def test_a_secret_that_others_have_is_never_made_twice(examples: Path, tmp_path: Path) -> None:
    write_secrets(examples)
    (tmp_path / "secrets" / "broker_url").unlink()
    (tmp_path / "secrets" / "cache_password").unlink()

    with pytest.raises(SecretTaken, match=r"broker_url is missing, .* in .*broker\.conf: "):
        write_secrets(examples)
    assert contents(tmp_path / "secrets").keys() == {"broker.conf"}
