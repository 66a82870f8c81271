"""A profile of this process, from SIGUSR1 to its end."""

import cProfile
import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def profiled(path: str | None) -> Iterator[None]:
    """Write the profile of what runs in the block, once it was signalled, to `path`, if any."""
    if path is None:
        yield
        return
    profile = cProfile.Profile()
    signal.signal(signal.SIGUSR1, lambda *_: profile.enable())
    try:
        yield
    finally:
        profile.disable()
        profile.dump_stats(path)
