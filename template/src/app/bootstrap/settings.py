"""The settings that every part of the service shares; a server's own sit beside it."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

type Count = Annotated[int, Meta(ge=1)]
# A hundred years: the calendar still holds what lies that far before now.
type Seconds = Annotated[float, Meta(gt=0, le=3_155_760_000)]


class Settings(Struct, frozen=True, kw_only=True):
    """Each field is a setting of the same name in upper case, documented in `.env.example`."""

    database_url: str = "sqlite+aiosqlite:///var/app.db"
    broker_url: str = "memory://"
    cache_url: str = "memory://"
    cache_ttl: Seconds = 3600
    retention: Seconds = 30 * 86_400
    idempotency_ttl: Seconds = 86_400
    max_batch: Count = 1000
    outbox_mark: Count = 100_000
    max_streams: Count = 10_000
    stream_heartbeat: Seconds = 15
    environment: Literal["development", "production"] = "development"
    log_format: Literal["auto", "console", "json"] = "auto"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    shutdown_grace: Seconds = 10
