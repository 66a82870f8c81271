"""Why a server does not start, each in a sentence that says what to do."""


class StartError(Exception):
    """A server cannot start."""


class PortTaken(StartError):
    """Somebody else listens on the port."""


class CannotBind(StartError):
    """The address is not one that this process may listen on."""
