"""Clients that are too slow are looked for more often than once a second."""

import pytest

from chassis.interfaces.tcp import server


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "TICK", 0.02)
