"""The mapping of the Redis client's errors to one line for the operator."""

import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
)
from redis.exceptions import (
    TimeoutError as NoAnswer,
)

from chassis.infrastructure.urls import cleared

PORT = 6379


def describe_error(error: BaseException, url: str) -> str:
    """Return what is wrong with the server at `url` and what to do; never shows its password."""
    address = urlsplit(url)
    server = f"Redis at {address.hostname or 'localhost'}:{address.port or PORT}"
    for each in _chain(error):
        match each:
            case AuthenticationError():
                return f"{server} refuses the user or password of CACHE_URL"
            case NoPermissionError():
                return f"{server} denies a command to the user of CACHE_URL: extend its permissions"
            case BusyLoadingError():
                return f"{server} is still loading its data: try again later"
            case OutOfMemoryError():
                return f"{server} is full: raise its maxmemory, or set a maxmemory-policy"
            case ReadOnlyError():
                return f"{server} is a read-only replica: name its primary in CACHE_URL"
            case ssl.SSLError():
                return f"{server}: TLS failed ({each.reason or each}): is it rediss:// there?"
            case socket.gaierror():
                return f"{server}: the host of CACHE_URL is not known"
            case ConnectionRefusedError():
                return f"{server} refuses the connection: is it running?"
            case NoAnswer() | TimeoutError() if address.scheme == "rediss":
                return f"{server} does not answer: does it speak TLS there?"
            case NoAnswer() | TimeoutError():
                return f"{server} does not answer"
    # An error for an unknown command repeats its arguments: the password, too.
    text = cleared(" ".join(str(error).split()), url)
    return f"{server}: {text or type(error).__name__}"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Return the error and its causes; the client wraps the operating system's error."""
    each: BaseException | None = error
    while each is not None:
        yield each
        each = each.__cause__ or each.__context__
