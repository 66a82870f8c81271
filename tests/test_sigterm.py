import signal
import subprocess
import sys

import pytest

from tools.service import ROOT
from tools.sigterm import as_ctrl_c

PROGRAM = """
import asyncio
from tools.sigterm import as_ctrl_c

async def main():
    try:
        with as_ctrl_c():
            print("open", flush=True)
            await asyncio.sleep(60)
    finally:
        # It may still wait for others to end.
        await asyncio.sleep(0)
        print("closed", flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("is_ignored", [False, True], ids=("terminal", "background"))
def test_what_is_open_is_closed(is_ignored: bool) -> None:
    pipe = subprocess.PIPE
    # The environment from which the tests themselves were started.
    ctrl_c = "SIG_IGN" if is_ignored else "default_int_handler"
    program = f"import signal; signal.signal(signal.SIGINT, signal.{ctrl_c})\n{PROGRAM}"
    line = [sys.executable, "-c", program]
    with subprocess.Popen(line, cwd=ROOT, stdout=pipe, stderr=pipe, text=True) as child:
        assert child.stdout
        assert child.stdout.readline() == "open\n"
        child.terminate()
        output, errors = child.communicate(timeout=30)
    assert output == "closed\n"
    assert errors.endswith("KeyboardInterrupt\n")
    assert child.returncode == -signal.SIGINT


def test_it_is_as_before_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with as_ctrl_c():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before
