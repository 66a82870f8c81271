"""A service with the guide's second aggregate, `orders`, in addition to the notification."""

import os
from collections.abc import Iterator
from pathlib import Path

from tools.recipes import Step, read_recipes
from tools.service import Service, environment

STREAMED = "streamed"


def add_orders(service: Service) -> None:
    """Add the files of the guide's chapter, and its migration, to an installed service.

    Raises `ValueError` with what a command of the chapter printed, if one of them fails.
    """
    first = str(Path(service.command("python")).parent)
    own = {**environment(), "PATH": os.pathsep.join([first, os.environ["PATH"]])}
    for step in order_steps(service.path):
        step.do(service.path, own)


def order_steps(project: Path) -> Iterator[Step]:
    """Yield the steps of the chapter, for the transports that the project has."""
    for heading, steps in read_recipes(project).items():
        if STREAMED in heading:
            yield from steps
