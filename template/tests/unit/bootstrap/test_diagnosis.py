from pathlib import Path

import pytest

from app.bootstrap import discovery
from app.bootstrap.diagnosis import diagnose
from tests.free_ports import FREE_PORTS


async def test_what_is_left_of_a_dropped_part_is_named_and_no_failure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in FREE_PORTS:
        monkeypatch.setenv(name, "0")
    left = [Path("roles/worker.py"), Path("interfaces/carrier")]
    monkeypatch.setattr(discovery, "leftovers", lambda: left)

    findings = {found.about: found async for found in diagnose()}

    assert findings["leftovers"].ok
    assert findings["leftovers"].advice.startswith("roles/worker.py, interfaces/carrier: ")
