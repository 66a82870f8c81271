"""Maps the scheme of a URL to the module of its adapter, which is imported only when chosen."""

from collections.abc import Mapping
from importlib import import_module
from types import ModuleType

from chassis.bootstrap.environment import SettingsError
from chassis.bootstrap.settings import CoreSettings
from chassis.infrastructure.database.dialects import dialect_for

BROKERS = {
    "memory": "chassis.bootstrap.brokers.memory",
    "amqp": "chassis.bootstrap.brokers.rabbitmq",
    "amqps": "chassis.bootstrap.brokers.rabbitmq",
}
CACHES = {
    "memory": "chassis.bootstrap.caches.memory",
    "redis": "chassis.bootstrap.caches.redis",
    "rediss": "chassis.bootstrap.caches.redis",
}


def brokers(settings: CoreSettings) -> ModuleType:
    """Return the module that makes the broker of `BROKER_URL`; raises `SettingsError`."""
    return _module("BROKER_URL", settings.broker_url, BROKERS)


def caches(settings: CoreSettings) -> ModuleType:
    """Return the module that makes the cache of `CACHE_URL`; raises `SettingsError`."""
    return _module("CACHE_URL", settings.cache_url, CACHES)


def url_problems(settings: CoreSettings) -> list[str]:
    """Return a sentence for each server URL that no adapter supports."""
    problems: list[str] = []
    for setting, find in (("BROKER_URL", brokers), ("CACHE_URL", caches)):
        try:
            problem = find(settings).problem(settings)
        except SettingsError as error:
            problems += error.problems
        else:
            problems += [f"{setting}: {problem}"] if problem else []
    try:
        dialect_for(settings.database_url)
    except ValueError as error:
        problems.append(f"DATABASE_URL: {error}")
    return problems


def _module(setting: str, url: str, table: Mapping[str, str]) -> ModuleType:
    scheme, separator, _ = url.partition("://")
    if not separator or scheme not in table:
        schemes = ", ".join(f"{scheme}://" for scheme in table)
        raise SettingsError([f"{setting} must start with one of: {schemes}"])
    return import_module(table[scheme])
