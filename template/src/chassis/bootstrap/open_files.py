"""How many files the process may have open; each connection is one."""

import sys

# The count without a limit, or with one that no process reaches.
MOST = 1_048_576
# The limit that macOS accepts, whatever it reports.
PLENTY = 10_240
# Windows has no limit on files, but Python's select(2) takes as many sockets there.
SELECTED = 512

if sys.platform == "win32":

    def limit() -> int:
        """Return how many files may be open."""
        return SELECTED

    def raise_limit() -> int:
        """Return the same: Windows has no limit to raise."""
        return SELECTED

else:
    import resource

    def limit() -> int:
        """Return how many files may be open."""
        return _bounded(resource.getrlimit(resource.RLIMIT_NOFILE)[0])

    def raise_limit() -> int:
        """Raise the limit as far as the system allows without privileges, and return it.

        Shells and service managers start with a lower limit, on Linux with 1,024. More is a risk
        only for programs that wait with select(2), as none does here.
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
        # "No limit" is -1, or larger than all numbers.
        return count if 0 <= count <= MOST else MOST
