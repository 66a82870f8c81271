"""Clients that are too slow are looked for more often than once a second."""

from pathlib import Path

import pytest

from chassis.interfaces.jsonrpc import connections
from tests.chassis.certificates import Authority


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "TICK", 0.02)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Signs the certificates of a test."""
    return Authority(tmp_path)
