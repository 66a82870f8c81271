import subprocess
import sys
from pathlib import Path

import pytest

from tools import parallel
from tools.service import ROOT

# Ends with the number in its last argument, once the other group has begun, too.
MEETS = """
import pathlib, sys, time
here, *names = sys.argv[1:]
pathlib.Path(here, names[0]).touch()
while len(list(pathlib.Path(here).iterdir())) < 2:
    time.sleep(0.01)
print("ran", *names)
sys.exit(int(names[-1]))
"""


@pytest.mark.parametrize(("groups", "code"), [(["a,0", "b,c,0"], 0), (["a,0", "b,3"], 3)])
def test_groups_run_at_the_same_time_and_one_that_fails_is_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], groups: list[str], code: int
) -> None:
    command = [sys.executable, "-c", MEETS, str(tmp_path)]

    assert parallel.main(groups, command) == code

    printed = capfd.readouterr().out
    for group in groups:
        assert f"ran {group.replace(',', ' ')}\n" in printed


def test_a_group_that_is_killed_is_no_success(capfd: pytest.CaptureFixture[str]) -> None:
    killed = [sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]

    assert parallel.main(["a"], killed) != 0
    assert "a: exit code -9" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("workers", "groups", "share"), [("4", 2, "2"), ("3", 2, "1"), ("1", 2, "1")]
)
def test_groups_share_the_workers(workers: str, groups: int, share: str) -> None:
    settings = {"HOME": "/root", parallel.WORKERS: workers}

    assert parallel.shared(settings, groups) == {"HOME": "/root", parallel.WORKERS: share}


# Tells which cache it has, and waits for the end of its input.
CLAIMS = """
import sys
from tools.service import environment
print(environment()["MYPY_CACHE_DIR"], flush=True)
sys.stdin.read()
"""


def test_no_two_processes_share_a_cache_of_mypy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MYPY_CACHE_DIR", raising=False)
    with claims() as first, claims() as second:
        assert first.stdout is not None
        assert second.stdout is not None
        caches = [first.stdout.readline(), second.stdout.readline()]
        assert first.poll() is second.poll() is None

    assert all(caches)
    assert len(set(caches)) == 2


def claims() -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "-c", CLAIMS], cwd=ROOT, stdin=pipe, stdout=pipe, text=True
    )
