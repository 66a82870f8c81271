"""The shape of a target: a module in `targets/`."""

from collections.abc import Sequence
from importlib import import_module
from typing import Protocol

from chassis.service_package import use_service


class Target(Protocol):
    """Good inputs to start from, words that such inputs are made of, and what must hold.

    None of it needs a fuzzer: a test may call `check` as well.
    """

    SEEDS: Sequence[bytes]
    WORDS: Sequence[bytes]

    def check(self, data: bytes) -> None:
        """Have the service read these bytes; raises where it does not do as it must."""
        ...


def load(name: str) -> Target:
    """Return the target of that name, for the service whose package is `app`."""
    use_service("app")
    target: Target = import_module(f"tools.fuzz.inside.targets.{name}")
    return target
