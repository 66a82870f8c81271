"""The sources of settings: environment variables, `.env`, and files named by `<NAME>_FILE`."""

import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from io import StringIO
from pathlib import Path
from typing import Any, Self

import msgspec
from dotenv.parser import Binding, parse_stream
from msgspec import Struct

DOTENV = Path(".env")

# Close enough for a typo. Names such as HTTP_PROXY, or the port of a removed transport, are not.
SIMILARITY = 0.86


class SettingsError(Exception):
    """Invalid settings: a sentence for each, without its value."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


class Environment:
    """The raw values of settings, by name; an empty one counts as not given."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ, dotenv: Path = DOTENV) -> Self:
        """Read both sources; an environment variable wins over a line of `.env`.

        Raises `SettingsError` with each line that cannot be read.
        """
        values: dict[str, str] = {}
        for source in (_lines_of(dotenv), environ):
            given = {name: value for name, value in source.items() if value}
            for name in given:
                # A setting of the stronger source overrides the other one, also if only one of them
                # is a file's.
                values.pop(name.removesuffix("_FILE"), None)
                values.pop(f"{name}_FILE", None)
            values |= given
        return cls(values)

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
                    found[field.name] = msgspec.convert(value, field.type, strict=False)
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
        """Return the value, or the content of the file that `<NAME>_FILE` names."""
        file_name = f"{name}_FILE"
        file = self._values.get(file_name)
        if file is None:
            return self._values.get(name)
        if name in self._values:
            raise SettingsError([f"{name} and {file_name} are both set: remove one"])
        try:
            return Path(file).read_text("utf-8").strip() or None
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            message = f"{file_name} names a file that cannot be read: {reason}"
            raise SettingsError([message]) from None

    def misspelt(self, known: Iterable[str]) -> list[str]:
        """Return a sentence for each name that is no setting, but close to one of `known`."""
        names = {form for name in known for form in (name, f"{name}_FILE")}
        problems = []
        for name in sorted(self._values.keys() - names):
            close = get_close_matches(name, names, n=1, cutoff=SIMILARITY)
            if close:
                problems.append(f"{name} is no setting: did you mean {close[0]}?")
        return problems


def _lines_of(dotenv: Path) -> dict[str, str | None]:
    """Return the file's values, or none without a file; never shows the content of a line."""
    try:
        with StringIO(dotenv.read_text("utf-8-sig")) as text:
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
