"""What the project is called; `project.json` comes from the answers of its generation."""

from importlib.resources import files

import msgspec
from msgspec import Struct


class Project(Struct, frozen=True):
    """The answers that the running service needs."""

    slug: str
    name: str
    description: str


def read_project() -> Project:
    """Return this project."""
    return msgspec.json.decode(files("app").joinpath("project.json").read_bytes(), type=Project)
