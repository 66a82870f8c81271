"""A profile of this process, from SIGUSR1 to its end.

It samples the running function at each tick of the kernel's processor time, mostly 250 times a
second. Time in C counts for the Python that comes next. A tracing profiler would take the greenlets
of SQLAlchemy for calls, and would charge small functions for its own time.
"""

import json
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

INTERVAL = 0.001


@contextmanager
def profiled(path: str | None) -> Iterator[None]:
    """Write how often each function was met to `path`, where there is one."""
    if path is None:
        yield
        return
    met: Counter[tuple[str, str]] = Counter()

    def sample(_: int, frame: FrameType | None) -> None:
        if frame is not None:
            met[frame.f_code.co_filename, frame.f_code.co_qualname] += 1

    def begin(*_: object) -> None:
        signal.signal(signal.SIGPROF, sample)
        signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)

    signal.signal(signal.SIGUSR1, begin)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        found = [[*function, count] for function, count in met.most_common()]
        Path(path).write_text(json.dumps(found))
