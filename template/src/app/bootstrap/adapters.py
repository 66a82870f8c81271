"""From the scheme of a URL to the adapter, which is imported only when it is chosen."""

from collections.abc import Mapping
from pkgutil import resolve_name
from typing import Any

from app.bootstrap.environment import SettingsError
from app.bootstrap.settings import Settings
from app.infrastructure.database.dialects import dialect_for

BROKERS = {"memory": "app.infrastructure.memory.broker:MemoryBroker"}
CACHES = {"memory": "app.infrastructure.memory.cache:MemoryCache"}


def adapter(setting: str, url: str, table: Mapping[str, str]) -> Any:
    """Return what opens the adapter for `url`; raises `SettingsError`."""
    scheme, separator, _ = url.partition("://")
    if not separator or scheme not in table:
        raise SettingsError([f"{setting} must start with one of: {', '.join(_schemes(table))}"])
    return resolve_name(table[scheme])


def url_problems(settings: Settings) -> list[str]:
    """Return a sentence for each URL of a server that no adapter reaches."""
    problems: list[str] = []
    for setting, url, table in (
        ("BROKER_URL", settings.broker_url, BROKERS),
        ("CACHE_URL", settings.cache_url, CACHES),
    ):
        try:
            adapter(setting, url, table)
        except SettingsError as error:
            problems += error.problems
    try:
        dialect_for(settings.database_url)
    except ValueError as error:
        problems.append(f"DATABASE_URL: {error}")
    return problems


def _schemes(table: Mapping[str, str]) -> list[str]:
    return [f"{scheme}://" for scheme in table]
