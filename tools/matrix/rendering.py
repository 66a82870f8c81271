"""One answer set, rendered."""

import hashlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.matrix import Answers
from tools.service import ROOT
from tools.working_tree import files

TEMPLATE = ROOT / "template"
# The files that tools read in addition to the Python files.
CONFIGURATION = (".importlinter", "mypy.ini", "poe_tasks.toml", "pytest.ini", "ruff.toml")


@dataclass(frozen=True)
class Rendering:
    """The project of an answer set, in the folder `path`."""

    path: Path
    answers: Answers

    @cached_property
    def files(self) -> list[str]:
        """The paths of all files, sorted."""
        return sorted(files(self.path))

    @cached_property
    def texts(self) -> dict[str, str]:
        """The content of all files that are text, by path."""
        return dict(self._texts())

    @cached_property
    def dropped(self) -> set[str]:
        """The files of the service with everything in it that the answers took away."""
        every = {path.removesuffix(".jinja") for path in files(TEMPLATE)}
        return {path for path in every - {*self.files} if "{" not in path}

    @cached_property
    def pyproject(self) -> dict[str, Any]:
        """The content of `pyproject.toml`."""
        return tomllib.loads(self.texts["pyproject.toml"])

    @property
    def slug(self) -> str:
        """The name of the project's command."""
        return str(self.pyproject["project"]["name"])

    @cached_property
    def code(self) -> str:
        """A hash of the Python, its tools' configuration and its dependencies.

        If two renderings have the same code, a check that reads only code finds the same in both.
        """
        project = self.pyproject["project"]
        needed = [project["dependencies"], project.get("optional-dependencies")]
        needed.append(self.pyproject["dependency-groups"])
        parts = [
            f"{path}\0{text}"
            for path, text in self.texts.items()
            if path.endswith(".py") or path in CONFIGURATION
        ]
        return hashlib.sha256("\0".join([*parts, str(needed)]).encode()).hexdigest()

    def _texts(self) -> Iterator[tuple[str, str]]:
        for path in self.files:
            content = (self.path / path).read_bytes()
            if b"\0" not in content:
                yield path, content.decode()
