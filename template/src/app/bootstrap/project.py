"""What the project is called; `project.json` comes from the answers of its generation."""

from importlib.resources import files

import msgspec
from msgspec import Struct


class LeftOut(Struct, frozen=True):
    """The parts that the template knows and that were not chosen."""

    roles: list[str]
    transports: list[str]


class Project(Struct, frozen=True):
    """The answers that the running service needs."""

    slug: str
    name: str
    description: str
    left_out: LeftOut


def read_project() -> Project:
    """Return this project."""
    return msgspec.json.decode(files("app").joinpath("project.json").read_bytes(), type=Project)
