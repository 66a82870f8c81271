"""Clients that are too slow are looked for more often than once a second."""

import pytest

from chassis.interfaces.jsonrpc import connections


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "TICK", 0.02)
