"""The project's name and answers; `project.json` comes from its generation."""

import hashlib
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from chassis.service_package import service_folder


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
    # `package`: the chassis is not part of the service's source.
    chassis: Literal["source", "package"] = "source"


def read_project() -> Project:
    """Return this project."""
    return msgspec.json.decode((service_folder() / "project.json").read_bytes(), type=Project)


def instance() -> str:
    """Return an id that all processes of one project folder share, and no others.

    It distinguishes a service from a copy in another folder, which needs ports of its own.
    """
    return hashlib.sha256(f"{read_project().slug}\0{Path.cwd()}".encode()).hexdigest()[:16]
