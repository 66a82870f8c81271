"""`memory://`: a cache and signals inside the process."""

from chassis.application.actors.memory_signal import MemorySignal
from chassis.application.ports.cache import Cache
from chassis.application.ports.locks import Locks
from chassis.application.ports.rate_limit import RateLimit
from chassis.application.ports.signal import Signal
from chassis.bootstrap.settings import CoreSettings
from chassis.infrastructure.memory.cache import MAX_ENTRIES, MemoryCache
from chassis.infrastructure.memory.locks import MemoryLocks
from chassis.infrastructure.memory.rate_limit import MemoryRateLimit


def cache(settings: CoreSettings) -> Cache:
    """Return the cache.

    It keeps nothing if the database is a server: other replicas may change the rows, and this
    process would not be notified.
    """
    entries = MAX_ENTRIES if settings.database_url.startswith("sqlite") else 0
    return MemoryCache(settings.cache_ttl, max_entries=entries)


def signal(settings: CoreSettings) -> Signal:
    """Return the journal's signal; other replicas do not get it, and poll."""
    return MemorySignal()


def rate_limit(settings: CoreSettings) -> RateLimit:
    """Return the limit; each replica counts for itself."""
    return MemoryRateLimit(settings.rate_limit, settings.rate_burst)


def locks(settings: CoreSettings) -> Locks:
    """Return locks of this process alone."""
    return MemoryLocks()


def problem(settings: CoreSettings) -> str | None:
    """Return no problem: any URL of this scheme is valid."""
    return None
