"""Reading of a file or a pipe that may give too much, or nothing."""

import os
import select
import sys
from pathlib import Path
from time import monotonic

# Seconds, and bytes.
TIMEOUT = 10.0
LONGEST = 1024 * 1024

_CHUNK = 64 * 1024


def read_bytes(path: Path, longest: int = LONGEST, timeout: float = TIMEOUT) -> bytes:
    """Return what a file or a pipe has; raises `OSError`, whose `strerror` says why.

    A pipe without a writer, and a device without an end, are errors.
    """
    # Without `O_NONBLOCK`, opening a pipe waits for its writer.
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
    except ValueError:
        raise OSError(0, "its path has a NUL") from None
    try:
        found = read_bounded(descriptor, longest, timeout)
    except TimeoutError:
        raise OSError(0, f"it gives no end within {timeout:g} s") from None
    finally:
        os.close(descriptor)
    if len(found) > longest:
        raise OSError(0, f"it has more than {longest:,} bytes")
    return found


def read_bounded(descriptor: int, longest: int, timeout: float) -> bytes:
    """Return all until the end, or a little more than `longest` bytes; raises `TimeoutError`."""
    end = monotonic() + timeout
    found = bytearray()
    while len(found) <= longest:
        if not _is_readable(descriptor, end - monotonic()):
            raise TimeoutError
        part = os.read(descriptor, _CHUNK)
        if not part:
            break
        found += part
    return bytes(found)


def _is_readable(descriptor: int, seconds: float) -> bool:
    # Windows can wait for sockets alone, so a read itself waits there.
    is_readable = True
    if sys.platform != "win32":
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        is_readable = bool(poll.poll(max(0.0, seconds) * 1000))
    return is_readable
