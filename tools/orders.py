"""A service with the guide's second aggregate, `orders`, in addition to the notification."""

import os
from pathlib import Path

from tools.recipes import read_recipes
from tools.service import Service, environment

STREAMED = "streamed"


def add_orders(service: Service) -> None:
    """Add the files of the guide's chapter, and its migration, to an installed service.

    Raises `ValueError` with what a command of the chapter printed, if one of them fails.
    """
    first = str(Path(service.command("python")).parent)
    own = {**environment(), "PATH": os.pathsep.join([first, os.environ["PATH"]])}
    for heading, steps in read_recipes(service.path).items():
        if STREAMED in heading:
            for step in steps:
                step.do(service.path, own)
