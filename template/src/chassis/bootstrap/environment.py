"""The sources of settings: variables, `.env`, files and commands that these name."""

import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any, Self

import msgspec
from dotenv.parser import Binding, parse_stream
from msgspec import Struct

from chassis.bootstrap.secrets import is_secret
from chassis.infrastructure.secrets.bounded import read_bytes
from chassis.infrastructure.secrets.source import (
    SecretSource,
    SecretText,
    SecretUnreadable,
    read_file,
    read_secret_file,
)

DOTENV = Path(".env")

# Close enough for a typo. Names such as HTTP_PROXY, or the port of a removed transport, are not.
SIMILARITY = 0.86

_FILE, _COMMAND = "_FILE", "_COMMAND"
_FORMS = ("", _FILE, _COMMAND)


class SettingsError(Exception):
    """Invalid settings: a sentence for each, without its value."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


class Environment:
    """The raw values of settings, by name; an empty one counts as not given.

    `dotenv` is the file that has some of them.
    """

    def __init__(self, values: Mapping[str, str], dotenv: Path | None = None) -> None:
        self._values = dict(values)
        self._dotenv = dotenv

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ, dotenv: Path = DOTENV) -> Self:
        """Read both sources; an environment variable wins over a line of `.env`.

        Raises `SettingsError` with each line that cannot be read.
        """
        values: dict[str, str] = {}
        lines = _lines_of(dotenv)
        for source in (lines, environ):
            given = {name: value for name, value in source.items() if value}
            for name in given:
                # A setting of the stronger source overrides the other one, in whichever form.
                bare = name.removesuffix(_FILE).removesuffix(_COMMAND)
                for each in {bare, name}:
                    for form in _FORMS:
                        values.pop(f"{each}{form}", None)
            values |= given
        has_secret = any(value and is_secret(name) for name, value in lines.items())
        return cls(values, dotenv if has_secret else None)

    def load[S: Struct](self, kind: type[S]) -> S:
        """Return the settings that `kind` declares, each named as its field in upper case.

        Raises `SettingsError` with every value that does not fit.
        """
        problems: list[str] = []
        found = {}
        for field in msgspec.structs.fields(kind):
            name = field.name.upper()
            try:
                value = self._value(name)
                if value is not None:
                    plain = str(value)
                    read = msgspec.convert(plain, field.type, strict=False)
                    # The source of a secret goes with it.
                    found[field.name] = value if read == plain else read
                elif field.required:
                    problems.append(f"{name} is not set: it has no default")
            except SettingsError as error:
                problems += error.problems
            except msgspec.ValidationError as error:
                problems.append(f"{name} is malformed: {_describe_error(error, field.type)}")
            except UnicodeEncodeError:
                # Python gives bytes that are no text in this form.
                problems.append(f"{name} is malformed: it is not UTF-8")
        if problems:
            raise SettingsError(problems)
        return kind(**found)

    def _value(self, name: str) -> str | None:
        """Return the value, of a secret with the source that it can be read again from."""
        given = [each for each in (f"{name}{form}" for form in _FORMS) if each in self._values]
        if len(given) > 1:
            advice = "both set: remove one" if len(given) == 2 else "all set: keep one"
            raise SettingsError([f"{' and '.join(given)} are {advice}"])
        if given in ([], [name]):
            return self._values.get(name)
        try:
            return _read(name, given[0], self._values[given[0]])
        except SecretUnreadable as error:
            raise SettingsError([f"{given[0]} {error}"]) from None

    def secret_files(self, known: Iterable[str]) -> list[tuple[str, Path]]:
        """Return the files that have secrets, each with the name of its setting."""
        named = [name for name in known if is_secret(name) and f"{name}{_FILE}" in self._values]
        files = [(name, Path(self._values[f"{name}{_FILE}"])) for name in named]
        return [*files, *([("secrets", self._dotenv)] if self._dotenv else [])]

    def misspelt(self, known: Iterable[str]) -> list[str]:
        """Return a sentence for each name that is no setting, but close to one of `known`."""
        names = {form for name in known for form in (name, *forms_of(name))}
        problems = []
        for name in sorted(self._values.keys() - names):
            close = get_close_matches(name, names, n=1, cutoff=SIMILARITY)
            if close:
                problems.append(f"{name} is no setting: did you mean {close[0]}?")
        return problems


def _read(name: str, form: str, value: str) -> str | None:
    """Return what a file has or a command prints; an empty file counts as not given."""
    if form.endswith(_FILE):
        path = Path(value)
        text = read_file(path)
        if not text or not is_secret(name):
            return text or None
        return SecretText(SecretSource(form, partial(read_secret_file, path), path))
    if not is_secret(name):
        raise SecretUnreadable("cannot be used: only secrets and URLs come from a command")
    # Only here: most services run none.
    from chassis.infrastructure.secrets.command import read_command, split_command

    return SecretText(SecretSource(form, partial(read_command, split_command(value))))


def _lines_of(dotenv: Path) -> dict[str, str | None]:
    """Return the file's values, or none without a file; never shows the content of a line."""
    try:
        with StringIO(read_bytes(dotenv).decode("utf-8-sig")) as text:
            lines = list(parse_stream(text))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError([f"{dotenv} cannot be read: {reason}"]) from None
    if problems := [_unreadable(dotenv, line) for line in lines if line.error]:
        raise SettingsError(problems)
    return {line.key: line.value for line in lines if line.key is not None}


def _unreadable(dotenv: Path, line: Binding) -> str:
    # The blank lines before it are part of the text that could not be read.
    text = line.original.string
    number = line.original.line + text[: len(text) - len(text.lstrip())].count("\n")
    return f"{dotenv}, line {number} cannot be read: write NAME=value, and close each quote"


def forms_of(name: str) -> tuple[str, ...]:
    """Return the other names under which a setting can be given."""
    return tuple(f"{name}{form}" for form in ((_FILE, _COMMAND) if is_secret(name) else (_FILE,)))


def names_of(kind: type[Struct]) -> list[str]:
    """Return the names of the settings that `kind` declares."""
    return [field.name.upper() for field in msgspec.structs.fields(kind)]


def _describe_error(error: msgspec.ValidationError, kind: Any) -> str:
    # The errors of msgspec name types and bounds. Only for a wrong choice does msgspec quote the
    # value itself.
    choices = msgspec.inspect.type_info(kind)
    if isinstance(choices, msgspec.inspect.LiteralType):
        return f"it must be one of {', '.join(map(str, choices.values))}"
    return str(error).split(" - at ")[0].replace("`", "")
