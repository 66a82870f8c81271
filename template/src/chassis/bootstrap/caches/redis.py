"""`redis://` and `rediss://`: Redis."""

from chassis.application.ports.cache import Cache
from chassis.application.ports.locks import Locks
from chassis.application.ports.rate_limit import RateLimit
from chassis.application.ports.signal import Signal
from chassis.bootstrap.project import read_project
from chassis.bootstrap.settings import CoreSettings
from chassis.infrastructure.memory.rate_limit import MemoryRateLimit
from chassis.infrastructure.redis.cache import RedisCache
from chassis.infrastructure.redis.locks import RedisLocks
from chassis.infrastructure.redis.rate_limit import RedisRateLimit
from chassis.infrastructure.redis.signal import RedisSignal


def cache(settings: CoreSettings) -> Cache:
    """Return the cache; its keys carry the project's slug, so that services can share a server."""
    return RedisCache(settings.cache_url, settings.cache_ttl, f"{read_project().slug}:cache:")


def signal(settings: CoreSettings) -> Signal:
    """Return the journal's signal, which every replica gets."""
    return RedisSignal(settings.cache_url, f"{read_project().slug}:journal")


def rate_limit(settings: CoreSettings) -> RateLimit:
    """Return the limit, counted over all replicas."""
    rate, burst = settings.rate_limit, settings.rate_burst
    prefix = f"{read_project().slug}:rate:"
    return RedisRateLimit(
        settings.cache_url, rate, burst, prefix, alone=MemoryRateLimit(rate, burst)
    )


def locks(settings: CoreSettings) -> Locks:
    """Return locks among all processes."""
    return RedisLocks(settings.cache_url, f"{read_project().slug}:lock:")


def problem(settings: CoreSettings) -> str | None:
    """Return what is wrong with the URL, without quoting it."""
    try:
        cache(settings)
    except ValueError as error:
        return str(error)
    return None
