"""How many files the process may have open; each connection is one."""

import sys

# Where the system knows no limit, or one that no process comes near.
MOST = 1_048_576
# What macOS takes, whatever it tells of.
PLENTY = 10_240
# Windows bounds no files, but Python's select(2) takes as many sockets there.
SELECTED = 512

if sys.platform == "win32":

    def limit() -> int:
        """Return how many may be open."""
        return SELECTED

    def raise_limit() -> int:
        """Return the same: nothing raises it."""
        return SELECTED

else:
    import resource

    def limit() -> int:
        """Return how many may be open."""
        return _bounded(resource.getrlimit(resource.RLIMIT_NOFILE)[0])

    def raise_limit() -> int:
        """Let as many be open as the system allows anyone who asks, and return how many those are.

        Shells and service managers begin with fewer, on Linux with 1,024: more than that is no good
        to programs that wait with select(2), as none does here.
        """
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        for wanted in (_bounded(hard), PLENTY):
            if wanted <= _bounded(soft):
                break
            try:
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            except (OSError, ValueError):
                continue
            break
        return limit()

    def _bounded(count: int) -> int:
        # A limit that is none is -1, or larger than all numbers.
        return count if 0 <= count <= MOST else MOST
