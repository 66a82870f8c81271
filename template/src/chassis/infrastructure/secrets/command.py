"""The output of a command that prints a secret."""

import os
import shlex
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from subprocess import DEVNULL, PIPE, Popen
from threading import Event, Timer

from chassis.infrastructure.secrets.bounded import read_bounded
from chassis.infrastructure.secrets.source import SecretUnreadable

# Seconds and bytes.
TIMEOUT = 10.0
LONGEST = 64 * 1024


def split_command(line: str) -> list[str]:
    """Return the words of a command, quoted as for a shell; raises `SecretUnreadable`."""
    try:
        words = shlex.split(line)
    except ValueError:
        raise SecretUnreadable("is malformed: close each quote") from None
    if not words:
        raise SecretUnreadable("is malformed: it names no command")
    return words


def read_command(words: Sequence[str], timeout: float = TIMEOUT) -> str:
    """Run a command without a shell, and return its output without spaces at both ends.

    Its standard error is not read: it may repeat the secret. Raises `SecretUnreadable`.
    """
    try:
        # In a session of its own, so that the processes which it starts end with it.
        process = Popen(words, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL, start_new_session=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "a word of it has a NUL"
        raise SecretUnreadable(f"cannot be run: {reason}") from None
    is_late = Event()

    def expire() -> None:
        is_late.set()
        _end(process)

    timer = Timer(timeout, expire)
    with process:
        timer.start()
        assert process.stdout is not None
        try:
            output = read_bounded(process.stdout.fileno(), LONGEST, timeout)
        except TimeoutError:
            # Perhaps of a process that has left the session, and keeps the pipe open.
            output = b""
            expire()
        if len(output) > LONGEST:
            _end(process)
        code = process.wait()
    timer.cancel()
    problem = f"has not ended within {timeout:g} s" if is_late.is_set() else ""
    return _checked(output, code, problem)


def _checked(output: bytes, code: int, problem: str) -> str:
    if problem:
        raise SecretUnreadable(problem)
    if len(output) > LONGEST:
        raise SecretUnreadable(f"prints more than {LONGEST:,} bytes")
    if code != 0:
        raise SecretUnreadable(f"has failed with exit code {code}: run it by hand to see why")
    try:
        text = output.decode().strip()
    except UnicodeDecodeError:
        raise SecretUnreadable("prints no UTF-8 text") from None
    if not text:
        raise SecretUnreadable("prints nothing")
    return text


def _end(process: Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
