"""The allocation of channel numbers."""

from collections.abc import Container

LARGEST = 65535


class ChannelNumbers:
    """Allocates the numbers of a connection's channels one after the other.

    The client itself takes the first free number, which may be that of a channel that the server
    has just closed. If it were opened again before the server has the answer, the channel would
    never open. Closing it would then be an error of the whole connection.
    """

    def __init__(self) -> None:
        self._last = 0

    def next(self, used: Container[int], most: int) -> int:
        """Return the next number up to `most`, 0 for no limit, that is not `used`.

        Raises `RuntimeError` if all are used.
        """
        most = most or LARGEST
        for _ in range(most):
            self._last = self._last % most + 1
            if self._last not in used:
                return self._last
        raise RuntimeError(f"all {most} channels of the connection are open")
