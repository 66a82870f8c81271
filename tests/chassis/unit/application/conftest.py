"""The fixtures that these tests share with the service's own tests."""

from tests.unit.application.conftest import (
    cache,
    clock,
    codec,
    database,
    metrics,
    signal,
    waits,
    work,
)

__all__ = ["cache", "clock", "codec", "database", "metrics", "signal", "waits", "work"]
