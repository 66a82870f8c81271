"""Where settings come from: environment variables, `.env`, and files named by `<NAME>_FILE`."""

import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Self

import msgspec
from dotenv import dotenv_values
from msgspec import Struct

DOTENV = Path(".env")

# Close enough to be a slip of the pen, far enough for names such as HTTP_PROXY.
SIMILARITY = 0.85


class SettingsError(Exception):
    """Settings that cannot be used: a sentence for each, without its value."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


class Environment:
    """The raw values of settings, by name; an empty one counts as not given."""

    def __init__(self, values: Mapping[str, str], problems: Iterable[str] = ()) -> None:
        self._values = dict(values)
        self._problems = list(problems)

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ, dotenv: Path = DOTENV) -> Self:
        """Read both sources; an environment variable wins over a line of `.env`."""
        values: dict[str, str] = {}
        problems: list[str] = []
        for source in (dotenv_values(dotenv), environ):
            given = {name: value for name, value in source.items() if value}
            problems += _read_files(given)
            values |= given
        return cls(values, problems)

    def load[S: Struct](self, kind: type[S]) -> S:
        """Return the settings that `kind` declares, each named as its field in upper case.

        Raises `SettingsError` with every value that does not fit.
        """
        problems = list(self._problems)
        found = {}
        for field in msgspec.structs.fields(kind):
            value = self._values.get(name := field.name.upper())
            try:
                if value is not None:
                    found[field.name] = msgspec.convert(value, field.type, strict=False)
                elif field.required:
                    problems.append(f"{name} is not set: it has no default")
            except msgspec.ValidationError as error:
                problems.append(f"{name} is malformed: {_explain(error)}")
        if problems:
            raise SettingsError(problems)
        return kind(**found)

    def misspelt(self, known: Iterable[str]) -> list[str]:
        """Return a sentence for each name that is no setting, but close to one of `known`."""
        names = {form for name in known for form in (name, f"{name}_FILE")}
        problems = []
        for name in sorted(self._values.keys() - names):
            close = get_close_matches(name, names, n=1, cutoff=SIMILARITY)
            if close:
                problems.append(f"{name} is no setting: did you mean {close[0]}?")
        return problems


def names_of(kind: type[Struct]) -> list[str]:
    """Return the names of the settings that `kind` declares."""
    return [field.name.upper() for field in msgspec.structs.fields(kind)]


def _read_files(values: dict[str, str]) -> list[str]:
    """Put the contents of the file that each `<NAME>_FILE` names in the place of `<NAME>`."""
    problems = []
    for file_name in [name for name in values if name.endswith("_FILE")]:
        name = file_name.removesuffix("_FILE")
        if name in values:
            problems.append(f"{name} and {file_name} are both set: remove one")
            continue
        try:
            values[name] = Path(values[file_name]).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            problems.append(f"{file_name} names a file that cannot be read: {reason}")
    return problems


def _explain(error: msgspec.ValidationError) -> str:
    # The value itself stays out of it: msgspec tells of types and bounds, and quotes only the
    # choices' wrong value, after a colon-free prefix.
    return str(error).split(" - at ")[0].replace("`", "")
