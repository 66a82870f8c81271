import re
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta, Struct

from chassis.bootstrap.environment import Environment, SettingsError, names_of

SECRET = "s3cr3t-hunter2"

type Level = Literal["low", "high"]


class Kind(Struct, frozen=True, kw_only=True):
    text: str = "default"
    number: Annotated[int, Meta(ge=1)] = 1
    seconds: Annotated[float, Meta(gt=0)] = 1.5
    switch: bool = False
    level: Level = "low"


class Required(Struct, frozen=True):
    must_have: str


def problems(environment: Environment, kind: type[Struct] = Kind) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        environment.load(kind)
    return list(caught.value.problems)


@pytest.fixture
def dotenv(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def test_what_is_not_set_has_its_default(dotenv: Path) -> None:
    assert Environment.read({}, dotenv).load(Kind) == Kind()


def test_a_setting_is_its_field_in_upper_case_and_read_as_its_type() -> None:
    given = {"TEXT": "a", "NUMBER": "3", "SECONDS": "2", "SWITCH": "true", "LEVEL": "high"}

    assert Environment(given).load(Kind) == Kind(
        text="a", number=3, seconds=2.0, switch=True, level="high"
    )
    assert names_of(Kind) == list(given)


def test_a_variable_wins_over_a_line_of_the_file(dotenv: Path) -> None:
    dotenv.write_text("TEXT=file\nNUMBER=2\n# LEVEL=high\n")

    found = Environment.read({"TEXT": "variable"}, dotenv).load(Kind)

    assert found == Kind(text="variable", number=2)


def test_an_empty_value_counts_as_not_given(dotenv: Path) -> None:
    dotenv.write_text("TEXT=file\nNUMBER=\nLEVEL\n")

    assert Environment.read({"TEXT": "", "SECONDS": ""}, dotenv).load(Kind) == Kind(text="file")


def test_a_value_may_come_from_a_file(tmp_path: Path, dotenv: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"{SECRET}\n")

    assert Environment.read({"TEXT_FILE": str(secret)}, dotenv).load(Kind).text == SECRET


def test_an_empty_file_counts_as_not_given(tmp_path: Path, dotenv: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_text("\n")

    assert Environment.read({"NUMBER_FILE": str(empty)}, dotenv).load(Kind) == Kind()


@pytest.mark.parametrize("stronger", ("TEXT", "TEXT_FILE"))
def test_the_stronger_source_wins_whichever_way_it_gives_the_value(
    stronger: str, tmp_path: Path, dotenv: Path
) -> None:
    file = tmp_path / "text"
    file.write_text("from a file")
    forms = {"TEXT": "direct", "TEXT_FILE": str(file)}
    weaker = ({*forms} - {stronger}).pop()
    dotenv.write_text(f"{weaker}={forms[weaker]}\n")

    found = Environment.read({stronger: forms[stronger]}, dotenv).load(Kind)

    assert found.text == ("direct" if stronger == "TEXT" else "from a file")


@pytest.mark.parametrize("source", ("variable", "line"))
def test_a_value_and_a_file_for_it_are_one_too_many(source: str, dotenv: Path) -> None:
    given = {"TEXT": SECRET, "TEXT_FILE": "/nowhere"}
    dotenv.write_text("".join(f"{name}={value}\n" for name, value in given.items()))

    found = problems(Environment.read(given if source == "variable" else {}, dotenv))

    assert found == ["TEXT and TEXT_FILE are both set: remove one"]


@pytest.mark.parametrize(
    ("content", "reason"),
    (
        (None, "No such file or directory"),
        (b"\xff", "it is not UTF-8 text"),
        ("folder", "directory"),
    ),
)
def test_a_file_that_cannot_be_read_is_told_of(
    content: bytes | str | None, reason: str, tmp_path: Path, dotenv: Path
) -> None:
    path = tmp_path / "file"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content == "folder":
        path.mkdir()

    (problem,) = problems(Environment.read({"TEXT_FILE": str(path)}, dotenv))

    assert problem.startswith("TEXT_FILE names a file that cannot be read: ")
    assert reason in problem


def test_a_file_that_is_no_setting_of_ours_is_left_alone(dotenv: Path) -> None:
    given = {"SSL_CERT_FILE": "/nowhere", "COMPOSE_FILE": "a.yml", "COMPOSE": "b"}

    assert Environment.read(given, dotenv).load(Kind) == Kind()


@pytest.mark.parametrize(
    ("name", "value", "told"),
    (
        ("NUMBER", SECRET, "Expected int"),
        ("NUMBER", "-90210", "Expected int >= 1"),
        ("NUMBER", "90210.5", "Expected int"),
        ("SECONDS", "-90210", "Expected float > 0.0"),
        ("SECONDS", "nan", "Expected float > 0.0"),
        ("SWITCH", SECRET, "Expected bool"),
        ("LEVEL", SECRET, "it must be one of high, low"),
        ("LEVEL", "HIGH", "it must be one of high, low"),
    ),
)
@pytest.mark.parametrize("by_file", (True, False))
def test_what_is_malformed_is_told_by_name_and_never_by_value(
    name: str, value: str, told: str, by_file: bool, tmp_path: Path, dotenv: Path
) -> None:
    file = tmp_path / "value"
    file.write_text(value)
    given = {f"{name}_FILE": str(file)} if by_file else {name: value}

    (problem,) = problems(Environment.read(given, dotenv))

    assert problem.startswith(f"{name} is malformed: {told}")
    assert value not in problem


def test_what_is_no_text_is_told_by_name(dotenv: Path) -> None:
    # As Python has it where the bytes of a variable are not UTF-8.
    (problem,) = problems(Environment.read({"NUMBER": "1\udc80"}, dotenv))

    assert problem == "NUMBER is malformed: it is not UTF-8"


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path, dotenv: Path) -> None:
    given = {"NUMBER": "x", "LEVEL": "x", "TEXT_FILE": str(tmp_path / "missing")}

    found = problems(Environment.read(given, dotenv))

    assert [problem.split()[0] for problem in found] == ["TEXT_FILE", "NUMBER", "LEVEL"]


@pytest.mark.parametrize("values", ({}, {"MUST_HAVE_NOT": "x"}))
def test_a_setting_without_a_default_must_be_given(values: dict[str, Any]) -> None:
    assert problems(Environment(values), Required) == ["MUST_HAVE is not set: it has no default"]
    assert Environment({"MUST_HAVE": "x"}).load(Required) == Required("x")


@pytest.mark.parametrize(
    ("name", "meant"),
    (
        ("DATABSE_URL", "DATABASE_URL"),
        ("DATABASE_URI", "DATABASE_URL"),
        ("DATABASEURL", "DATABASE_URL"),
        ("DATABSE_URL_FILE", "DATABASE_URL_FILE"),
        ("HTTP_PROT", "HTTP_PORT"),
        ("HTTPS_PORT", "HTTP_PORT"),
    ),
)
def test_a_slip_of_the_pen_is_found(name: str, meant: str) -> None:
    known = ["DATABASE_URL", "HTTP_PORT"]

    assert Environment({name: SECRET}).misspelt(known) == [
        f"{name} is no setting: did you mean {meant}?"
    ]


@pytest.mark.parametrize(
    "name",
    (
        "DATABASE_URL",
        "DATABASE_URL_FILE",
        "HTTP_PORT",
        "HTTP_PROXY",
        "TCP_PORT",
        "GRPC_PORT",
        "PATH",
        "HOME",
        "POSTGRES_URL",
    ),
)
def test_other_names_are_none_of_our_business(name: str) -> None:
    assert Environment({name: "x"}).misspelt(["DATABASE_URL", "HTTP_PORT"]) == []


@pytest.mark.parametrize(
    ("text", "lines"),
    (
        (f"TEXT={SECRET} two\n\n\n=={SECRET}\n", [4]),
        (f"TEXT='{SECRET}\nNUMBER=2\n", [1]),
        (f'# a comment\nTEXT="{SECRET}" {SECRET}\nNUMBER=2\n{SECRET} = \'\n', [2, 4]),
        (f"  {SECRET} {SECRET}\n", [1]),
        (f"\ufeffTEXT='{SECRET}'{SECRET}\r\nNUMBER=2\r\n", [1]),
    ),
)
def test_a_line_that_cannot_be_read_is_named_and_not_told(
    dotenv: Path, text: str, lines: list[int]
) -> None:
    dotenv.write_text(text, "utf-8")

    with pytest.raises(SettingsError) as caught:
        Environment.read({}, dotenv)

    numbers = re.findall(r", line (\d+) cannot be read", str(caught.value))
    assert [int(number) for number in numbers] == lines
    assert all(str(dotenv) in each for each in caught.value.problems)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("content", (None, b"TEXT=\xff\xfe"))
def test_a_file_that_cannot_be_read_is_named(dotenv: Path, content: bytes | None) -> None:
    if content is None:
        dotenv.mkdir()
    else:
        dotenv.write_bytes(content)

    with pytest.raises(SettingsError, match=re.escape(f"{dotenv} cannot be read: ")):
        Environment.read({}, dotenv)


def test_a_byte_order_mark_is_no_part_of_a_name(dotenv: Path) -> None:
    dotenv.write_text("\ufeffTEXT=file\n", "utf-8")

    assert Environment.read({}, dotenv).load(Kind).text == "file"
