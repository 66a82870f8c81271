"""From the scheme of a URL to the adapter, which is imported only when it is chosen."""

from collections.abc import Mapping
from pkgutil import resolve_name
from typing import Any

from app.bootstrap.environment import SettingsError

BROKERS = {"memory": "app.infrastructure.memory.broker:MemoryBroker"}
CACHES = {"memory": "app.infrastructure.memory.cache:MemoryCache"}


def adapter(setting: str, url: str, table: Mapping[str, str]) -> Any:
    """Return what opens the adapter for `url`; raises `SettingsError`."""
    scheme, separator, _ = url.partition("://")
    if not separator or scheme not in table:
        raise SettingsError([f"{setting} must start with one of: {', '.join(_schemes(table))}"])
    return resolve_name(table[scheme])


def _schemes(table: Mapping[str, str]) -> list[str]:
    return [f"{scheme}://" for scheme in table]
