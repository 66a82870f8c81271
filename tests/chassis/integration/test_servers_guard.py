"""A server's guard ends it when told, at whatever moment of its own work."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.chassis.posix import posix

ROOT = Path(__file__).parents[3]
TIMEOUT = 60.0
STEPS = 150
# Tells the guard to end at the first, second, third, ... step after it has started its server. A
# step is the start or the end of a function, which is where Python calls handlers of signals.
PROGRAM = """
import os, signal, sys, tempfile
from tests.servers import guard

guard.PAUSE = 0.001

class Steps:
    def __init__(self, last):
        self.left = last
    def write(self, text):
        sys.setprofile(self.step)
    def flush(self):
        pass
    def step(self, *_):
        self.left -= 1
        if self.left == 0:
            sys.setprofile(None)
            os.kill(os.getpid(), signal.SIGTERM)

output = sys.stdout
for last in range(1, int(sys.argv[1]) + 1):
    print(last, file=output, flush=True)
    sys.stdout = Steps(last)
    server = [sys.executable, "-c", "import time; time.sleep(60)"]
    folder = tempfile.mkdtemp()
    guard.main(guard.Order(os.getpid(), server, dict(os.environ), folder, None, sys.argv[2]))
print("ended", file=output)
"""


def test_it_ends_its_server_when_told_at_any_step_of_its_own() -> None:
    command = [sys.executable, "-c", PROGRAM, str(STEPS), posix("SIGKILL").name]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            steps, _ = process.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            steps, _ = process.communicate()
            pytest.fail(f"it hangs when told at step {steps.split()[-1]}")
    assert steps.split()[-1] == "ended"
