"""The state that all connections of a server share."""

from collections.abc import Callable

from uvicorn.server import ServerState

from chassis.interfaces.serving.admission import Admission
from chassis.interfaces.serving.meter import Reason


class State(ServerState):
    """Adds the admission of connections to uvicorn's; `refused` gets the rejected ones."""

    def __init__(self, admission: Admission, refused: Callable[[Reason], None]) -> None:
        super().__init__()
        self.admission = admission
        self.refused = refused


def own(state: ServerState) -> State:
    """Return uvicorn's state as the one of this service."""
    assert isinstance(state, State)
    return state


def address_of(client: tuple[str, int] | None) -> str:
    """Return a client's address, or nothing if it left before it could be asked."""
    return client[0] if client else ""
