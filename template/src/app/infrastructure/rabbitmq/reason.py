"""From the errors of the AMQP client to one line for the operator."""

import socket
import ssl

from aio_pika.exceptions import ProbableAuthenticationError
from yarl import URL


def reason(error: BaseException, url: str) -> str:
    """Return what is wrong with the server of `url` and what to do; never shows its password."""
    address = URL(url)
    server = f"RabbitMQ at {address.host}:{address.port or 5672}"
    cause = error.__cause__ or error
    text = str(error)
    match cause:
        case ProbableAuthenticationError():
            return f"{server} refuses the user or password of BROKER_URL"
        case ssl.SSLError():
            return f"{server}: TLS failed: {cause.reason or cause}"
        case socket.gaierror():
            return f"{server}: the host of BROKER_URL is not known"
        case ConnectionRefusedError():
            return f"{server} refuses the connection: is it running?"
        case TimeoutError():
            return f"{server} did not answer in time"
    if "vhost" in text and "not found" in text:
        return f"{server} has no virtual host {address.path[1:]!r}: correct the path of BROKER_URL"
    return f"{server}: {text or type(error).__name__}"
