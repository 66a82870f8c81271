"""All tables, found by discovery: a folder here that has a `table.py` brings its own."""

from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from sqlalchemy import MetaData

from app.infrastructure import database
from app.infrastructure.database.metadata import metadata


def all_tables() -> MetaData:
    """Import every `table.py` and return the metadata that then holds all tables."""
    for module in iter_modules(database.__path__, f"{database.__name__}."):
        name = f"{module.name}.table"
        if module.ispkg and find_spec(name):
            import_module(name)
    return metadata
