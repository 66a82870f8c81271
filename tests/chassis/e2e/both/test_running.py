"""The log of `serve`, and the doctor's report of it."""

import json
import socket
from pathlib import Path
from typing import Any

from chassis.bootstrap import discovery
from tests.e2e.process import Process, run, serving


def findings(folder: Path, process: Process, **settings: str) -> dict[str, dict[str, Any]]:
    """Return what the doctor finds under the ports of a running service, by what it is about."""
    ports = {f"{name.upper()}_PORT": str(port) for name, port in process.ports.items()}
    ended = run(folder, "doctor", "--json", **ports | settings)
    return {finding["about"]: finding for finding in json.loads(ended.stdout)}


async def test_it_says_where_it_is_and_what_it_stands_on(tmp_path: Path) -> None:
    cache = "redis://:s3cr3t@127.0.0.1:1/0"
    async with serving(tmp_path, CACHE_URL=cache) as process:
        first = process.logs
    async with serving(tmp_path) as process:
        second = process.logs

    path = f"{tmp_path}/var/app.db"
    [made] = [line for line in first if line["event"].startswith("created")]
    assert (made["event"], made["level"]) == (f"created a new database: {path}", "warning")
    assert not [line for line in second if line["event"].startswith("created")]
    [starting] = [line for line in first if line["event"] == "starting"]
    assert (starting["database"], starting["broker"]) == (path, "memory://")
    assert starting["cache"] == "redis://***@127.0.0.1:1/0"
    [line] = [line for line in second if line["event"] == "serving"]
    assert line["servers"].keys() == {"ops", *discovery.server_names()}
    assert line["servers"]["ops"] == process.ops
    for name in discovery.server_names():
        scheme, _, place = line["servers"][name].partition("://")
        # A peer's URL has its node id, too.
        assert (scheme, place.rpartition("@")[2]) == (name, f"127.0.0.1:{process.ports[name]}")


async def test_the_doctor_knows_the_service_that_runs_here(tmp_path: Path) -> None:
    async with serving(tmp_path) as process:
        found = findings(tmp_path, process)

    for name in ("ops", *discovery.server_names()):
        port = found[f"{name} port"]
        assert port["ok"], port
        assert port["note"].endswith(f":{process.ports[name]}")


async def test_a_copy_in_another_folder_would_take_the_same_ports(tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    async with serving(tmp_path) as process:
        found = findings(tmp_path / "copy", process)

    for name in ("ops", *discovery.server_names()):
        assert not found[f"{name} port"]["ok"]
        assert "is taken" in found[f"{name} port"]["advice"]


async def test_a_port_of_somebody_elses_with_a_service_that_runs(tmp_path: Path) -> None:
    name = discovery.server_names()[0]
    setting = f"{name.upper()}_PORT"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        async with serving(tmp_path) as process:
            found = findings(tmp_path, process, **{setting: port})

    assert found["ops port"]["ok"]
    assert not found[f"{name} port"]["ok"]
    assert f"{setting} {port} on 127.0.0.1 is taken" in found[f"{name} port"]["advice"]
