"""What the tests of the service have here."""

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
