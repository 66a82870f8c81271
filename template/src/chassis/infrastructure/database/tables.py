"""All tables, found by discovery: a package with a `table.py` adds its own."""

from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from sqlalchemy import MetaData

from chassis.infrastructure import database
from chassis.infrastructure.database.metadata import metadata
from chassis.service_package import each_module


def all_tables() -> MetaData:
    """Import every `table.py` and return the metadata that then holds all tables.

    They are those of the chassis here, and those in the service's `infrastructure`.
    """
    for module in iter_modules(database.__path__, f"{database.__name__}."):
        name = f"{module.name}.table"
        if module.ispkg and find_spec(name):
            import_module(name)
    for _ in each_module("infrastructure", "table"):
        # The import has added it to the metadata.
        pass
    return metadata
