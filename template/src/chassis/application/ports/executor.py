"""Port: a place for work that would stop the event loop."""

from collections.abc import Callable
from typing import Protocol


class Executor(Protocol):
    """Runs functions outside of the event loop, a limited number at a time."""

    async def run[**Arguments, Result](
        self, work: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result:
        """Return what `work` returns for these arguments; raises its errors.

        Raises `Busy` if all places stay taken for half a minute.
        """
        ...

    async def close(self) -> None:
        """End; work that has not begun is left."""
        ...
