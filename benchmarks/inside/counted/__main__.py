"""Takes each hot path so many times, between marks: `python -m benchmarks.inside.counted`.

A mark is a call of the C library's `getpriority`, which nothing else here calls: the counter writes
a sum at each. The count of a path is the difference of two runs, so the start and the end of a run
drop out. It comes after a run that warms the interpreter up.
"""

import asyncio
import gc
import os
import sys

from benchmarks.inside.counted import fan_out, ingest, reference, register, request_log

PATHS = (reference, register, ingest, fan_out, request_log)
FEW, MANY = 2, 6


def mark() -> None:
    """Have the counter write what it has counted since the last mark."""
    os.getpriority(os.PRIO_PROCESS, 0)


def main() -> None:
    """Count in the order of `PATHS`: a run of `FEW` rounds and one of `MANY`, for each."""
    # When it would run depends on all that came before.
    gc.disable()
    print(*sys.version_info[:2], sep=".")
    for path in PATHS:
        asyncio.run(path.run(MANY))
        mark()
        for rounds in (FEW, MANY):
            asyncio.run(path.run(rounds))
            mark()


if __name__ == "__main__":
    main()
