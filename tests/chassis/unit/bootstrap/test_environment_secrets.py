"""Secrets from files and from commands."""

import shlex
import sys
from pathlib import Path

import pytest
from msgspec import Struct

from chassis.bootstrap.environment import Environment, SettingsError, names_of
from chassis.infrastructure.secrets.source import source_of

SECRET = "s3cr3t-hunter2"


class Secret(Struct, frozen=True):
    own_key: str = ""
    own_url: str = ""
    number: int = 1


@pytest.fixture
def dotenv(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def problems(environment: Environment) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        environment.load(Secret)
    return list(caught.value.problems)


def printing(text: str) -> str:
    return shlex.join([sys.executable, "-c", f"print({text!r})"])


@pytest.mark.parametrize("name", ("own_key", "own_url"))
def test_a_secret_may_come_from_a_command(name: str, dotenv: Path) -> None:
    given = {f"{name.upper()}_COMMAND": printing(SECRET)}

    found = getattr(Environment.read(given, dotenv).load(Secret), name)

    assert found == SECRET
    assert source_of(found) is not None


def test_a_secret_from_a_file_knows_its_file_and_a_plain_one_none(
    tmp_path: Path, dotenv: Path
) -> None:
    file = tmp_path / "secret"
    file.write_text(SECRET)

    found = Environment({"OWN_KEY_FILE": str(file), "OWN_URL": "x"}).load(Secret)

    assert source_of(found.own_key) is not None
    assert source_of(found.own_url) is None


def test_what_is_no_secret_comes_from_no_command() -> None:
    found = problems(Environment({"NUMBER_COMMAND": printing("2")}))

    assert found == ["NUMBER_COMMAND cannot be used: only secrets and URLs come from a command"]


def test_a_command_that_fails_is_told_by_name_and_never_by_output() -> None:
    code = f"import sys; print('{SECRET}'); sys.exit('{SECRET}')"
    command = shlex.join([sys.executable, "-c", code])

    found = problems(Environment({"OWN_KEY_COMMAND": command}))

    assert found == ["OWN_KEY_COMMAND has failed with exit code 1: run it by hand to see why"]


@pytest.mark.parametrize(
    ("forms", "told"),
    (
        (("", "_COMMAND"), "OWN_KEY and OWN_KEY_COMMAND are both set: remove one"),
        (("_FILE", "_COMMAND"), "OWN_KEY_FILE and OWN_KEY_COMMAND are both set: remove one"),
        (
            ("", "_FILE", "_COMMAND"),
            "OWN_KEY and OWN_KEY_FILE and OWN_KEY_COMMAND are all set: keep one",
        ),
    ),
)
def test_two_sources_of_one_setting_are_one_too_many(forms: tuple[str, ...], told: str) -> None:
    given = {f"OWN_KEY{form}": SECRET for form in forms}

    assert problems(Environment(given)) == [told]


@pytest.mark.parametrize("weaker", ("OWN_KEY", "OWN_KEY_FILE"))
def test_a_command_of_the_stronger_source_wins(weaker: str, dotenv: Path) -> None:
    dotenv.write_text(f"{weaker}=/nowhere\n")

    found = Environment.read({"OWN_KEY_COMMAND": printing(SECRET)}, dotenv).load(Secret)

    assert found.own_key == SECRET


def test_a_misspelt_command_is_told() -> None:
    (found,) = Environment({"OWN_KEY_COMAND": "x"}).misspelt(["OWN_KEY"])

    assert found == "OWN_KEY_COMAND is no setting: did you mean OWN_KEY_COMMAND?"


def test_the_files_with_secrets_are_known(dotenv: Path) -> None:
    given = {"OWN_KEY_FILE": "/key", "NUMBER_FILE": "/number"}
    names = names_of(Secret)

    dotenv.write_text("NUMBER=3\n")
    assert Environment.read(given, dotenv).secret_files(names) == [("OWN_KEY", Path("/key"))]
    dotenv.write_text("OWN_URL=x\n")
    assert Environment.read({}, dotenv).secret_files(names) == [("secrets", dotenv)]
