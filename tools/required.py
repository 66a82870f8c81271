"""The result of a test or a run whose programs are missing on this machine.

It is left out, and says what to install. With `REQUIRE_SERVICES=1`, as CI sets it, it fails.
"""

import os
import shutil


class MissingRight(str):
    """A need that no package provides: the system lacks it, or this process may not use it."""


def program(name: str, package: str = "") -> str:
    """Return what is lacking if there is no such program on the `PATH`, else ""."""
    return "" if shutil.which(name) else f"{name} (apt-get install {package or name})"


def is_required(lacking: str) -> bool:
    """Return whether it is a failure that this is lacking."""
    return not isinstance(lacking, MissingRight) and services_are_required()


def services_are_required() -> bool:
    """Return what the variable `REQUIRE_SERVICES` says: 1, or 0 as if it were not set."""
    return os.environ.get("REQUIRE_SERVICES", "") not in ("", "0")
