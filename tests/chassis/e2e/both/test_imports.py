"""A process has the packages of what it serves, and of nothing else."""

from pathlib import Path

import pytest

from chassis.bootstrap import discovery
from tests.e2e.process import serving

PACKAGES = {
    "http": {"litestar"},
    "grpc": {"grpc", "google.protobuf"},
    "webrtc": {"aioice", "aiortc", "av"},
}


@pytest.mark.parametrize("name", discovery.server_names())
async def test_a_process_imports_what_it_serves_and_no_more(tmp_path: Path, name: str) -> None:
    async with serving(tmp_path, "--server", name, PYTHONPROFILEIMPORTTIME="1") as process:
        pass

    imported = {line["event"].rpartition("|")[2].strip() for line in process.logs}
    assert "chassis.bootstrap.lifecycle" in imported
    found = {transport for transport, packages in PACKAGES.items() if packages & imported}
    assert found == {name} & PACKAGES.keys()
