"""The worker: it has no port but that of ops, runs the jobs, and makes notifications itself."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.process import run, serving

HEARTBEAT = {"WORKER_HEARTBEAT": "0.2"}
TIMEOUT = 40.0


def history(folder: Path, job: str) -> list[dict[str, Any]]:
    """Return the stored runs of a job, newest first."""
    shown = run(folder, "jobs", "history", job, "--json", **HEARTBEAT)
    assert shown.returncode == 0, shown
    runs: list[dict[str, Any]] = json.loads(shown.stdout)["runs"]
    return runs


async def test_it_runs_jobs_and_serves_the_ops_port_only(tmp_path: Path) -> None:
    async with serving(tmp_path, "--server", "worker", **HEARTBEAT) as process:
        assert process.ports.keys() == {"ops"}
        async with httpx.AsyncClient(base_url=process.ops) as http, asyncio.timeout(TIMEOUT):
            assert (await http.get("/readyz")).json()["status"] == "ready"
            while 'job_runs_total{job="heartbeat",outcome="done"} 0.0' in await text_of(http):
                await asyncio.sleep(0.1)
            assert 'role_leader{role="worker"} 1.0' in await text_of(http)

        ran = await asyncio.to_thread(run, tmp_path, "jobs", "run", "dead-letter-digest")
        assert (ran.returncode, ran.stderr) == (0, "")
        assert ran.stdout.startswith("dead-letter-digest: done in ")

    assert {run["outcome"] for run in history(tmp_path, "heartbeat")[1:]} == {"done"}
    newest, *_ = history(tmp_path, "dead-letter-digest")
    assert (newest["by_hand"], newest["outcome"]) == (True, "done")
    listed = run(tmp_path, "jobs", "list")
    assert "at 0 8 * * * (UTC), on the leader" in " ".join(listed.stdout.split())


async def text_of(http: httpx.AsyncClient) -> str:
    """Return the metrics."""
    return (await http.get("/metrics")).text


async def test_a_request_that_no_process_begins_is_withdrawn(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    ended = run(tmp_path, "jobs", "run", "prune-keys", "--wait", "0.3")
    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert "no process has begun it within 0.3 s: start the service (serve) first" in line
    assert history(tmp_path, "prune-keys") == []


def test_an_unknown_job_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    ended = run(tmp_path, "jobs", "history", "prune")
    assert ended.returncode == 2
    assert "error: there is no job prune: choose from dead-letter-digest, " in ended.stderr


def test_jobs_need_a_database(tmp_path: Path) -> None:
    ended = run(tmp_path, "jobs", "list")
    assert ended.returncode == 1
    assert ended.stderr == "error: there is no database yet: serve or migrate creates it\n"


def test_a_malformed_time_of_the_digest_is_refused(tmp_path: Path) -> None:
    malformed = {"WORKER_DIGEST": "0 8 * *", "WORKER_TIME_ZONE": "Europe/Berlim"}
    ended = run(tmp_path, "serve", "--server", "worker", **malformed)
    assert ended.returncode == 2
    assert ended.stderr.splitlines() == [
        "error: WORKER_DIGEST is malformed: write a cron expression, such as 0 8 * * *",
        "error: WORKER_TIME_ZONE is unknown: use a name such as Europe/Berlin",
    ]
