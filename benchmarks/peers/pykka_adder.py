"""An actor of Pykka that adds up."""

from typing import Any

import pykka


class Adder(pykka.ThreadingActor):
    """Has a thread of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def on_receive(self, message: Any) -> int:
        """Add."""
        self.total += message.amount
        return self.total


def make() -> Any:
    """Return the reference to a started one."""
    return Adder.start()
