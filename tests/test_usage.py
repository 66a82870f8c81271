import subprocess
import sys

from tools.usage import processor_time

COMPUTES = "import time\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\ninput()"
STARTS_IT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {COMPUTES!r}])"


def test_what_a_process_has_started_counts() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", STARTS_IT], stdin=pipe, stdout=pipe) as child:
        assert child.stdout
        child.stdout.readline()
        seconds = processor_time(child.pid)
        child.communicate(b"\n")
    # It is told in ticks, of 10 ms, and one that is not over does not count.
    assert seconds >= 0.25
