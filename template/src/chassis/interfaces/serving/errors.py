"""The errors of a server's start, each a sentence that says what to do."""


class StartError(Exception):
    """A server cannot start."""


class PortTaken(StartError):
    """Another process listens on the port."""


class CannotBind(StartError):
    """The address is not one that this process may listen on."""
