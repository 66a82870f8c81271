"""The selector loop as Windows has it."""

import asyncio
import selectors
from collections.abc import Callable
from typing import Any, NoReturn


class WindowsLoop(asyncio.SelectorEventLoop):
    """It waits with select(2) and handles no signals."""

    def __init__(self) -> None:
        super().__init__(selectors.SelectSelector())

    def add_signal_handler[*Given](
        self, sig: int, callback: Callable[[*Given], Any], *args: *Given
    ) -> NoReturn:
        """Refuse."""
        raise NotImplementedError

    def remove_signal_handler(self, sig: int) -> NoReturn:
        """Refuse."""
        raise NotImplementedError
