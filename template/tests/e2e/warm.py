"""Commands in processes of their own, which are forked off one that has imported all of them.

Importing is most of what a command that ends at once takes.
"""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

from app.__main__ import main

WRITTEN = os.O_WRONLY | os.O_CREAT

if sys.platform == "win32":
    _processes = multiprocessing.get_context("spawn")
else:
    _processes = multiprocessing.get_context("forkserver")
    _processes.set_forkserver_preload(["tests.e2e.preloaded"])


def run(
    folder: Path,
    environment: Mapping[str, str],
    arguments: tuple[str, ...],
    stdin: str,
    wait: float,
) -> subprocess.CompletedProcess[str]:
    """Return what `python -m app ARGUMENTS` prints in that folder, and its exit code.

    Raises `TimeoutExpired` where it takes longer than `wait` seconds.
    """
    with TemporaryDirectory() as name:
        streams = Path(name)
        (streams / "0").write_text(stdin)
        process = _processes.Process(target=_main, args=(folder, environment, arguments, streams))
        process.start()
        process.join(wait)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(arguments, wait)
        printed, told = ((streams / number).read_text() for number in "12")
        return subprocess.CompletedProcess(arguments, process.exitcode, printed, told)


def _main(
    folder: Path, environment: Mapping[str, str], arguments: tuple[str, ...], streams: Path
) -> NoReturn:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, flags in enumerate((os.O_RDONLY, WRITTEN, WRITTEN)):
        os.dup2(os.open(streams / str(number), flags), number)
    # A child of this kind has none.
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 (it lasts as long as the process)
    sys.argv = ["app", *arguments]
    main()
    sys.exit()
