import subprocess
import sys

from benchmarks.shares import Shares, computed, watched

# As long as the kernel counts a quarter of a second of it.
BUSY = "import time\nwhile time.process_time() < 0.25: pass\n"


def test_what_a_grandchild_computes_is_counted_by_its_name() -> None:
    through = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
    stays = f"{through}\nprint(flush=True)\ninput()"
    before = computed()
    with subprocess.Popen(
        [sys.executable, "-c", stays, BUSY],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout
        child.stdout.readline()
        after = computed()
        child.communicate(b"\n")

    assert after["Python"] - before["Python"] >= 0.2


def test_a_child_that_has_ended_is_not_lost() -> None:
    with watched() as shares:
        subprocess.run([sys.executable, "-c", BUSY], check=True)

    assert shares.of["wrk"] > 0


def test_the_largest_share_comes_first() -> None:
    shares = Shares({"Redis": 0.001, "PostgreSQL": 0.5, "Python": 0.9})

    assert str(shares) == "Python 0.90, PostgreSQL 0.50"
