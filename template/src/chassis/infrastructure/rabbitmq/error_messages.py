"""The mapping of the AMQP client's errors to one line for the operator."""

import asyncio
import socket
import ssl

from aio_pika.exceptions import InvalidFrameError, ProbableAuthenticationError
from yarl import URL

from chassis.infrastructure.urls import cleared

PORTS = {"amqp": 5672, "amqps": 5671}


def describe_error(error: BaseException, url: URL) -> str:
    """Return what is wrong with the server at `url` and what to do; never shows its password."""
    server = f"RabbitMQ at {url.host}:{url.port or PORTS.get(url.scheme)}"
    # The client wraps the operating system's error.
    for each in (error, error.__cause__):
        match each:
            case ProbableAuthenticationError():
                return f"{server} refuses the user or password of BROKER_URL"
            case ssl.SSLCertVerificationError():
                problem = each.verify_message
                return f"{server} is not trusted ({problem}): add ?cafile=FILE to BROKER_URL"
            case ssl.SSLError():
                return f"{server}: TLS failed ({each.reason or each}): is it amqps:// there?"
            case socket.gaierror():
                return f"{server}: the host of BROKER_URL is not known"
            case ConnectionRefusedError():
                return f"{server} refuses the connection: is it running?"
            case TimeoutError():
                return f"{server} does not answer"
    if isinstance(error, asyncio.CancelledError):
        # The client cancels its own calls with this when no heartbeat came.
        return f"{server} no longer answers"
    text = " ".join(str(error).split())
    # It takes the server's refusal for a wrong frame, and drops the server's text.
    if isinstance(error, InvalidFrameError) and "OpenOk" in text:
        name = url.path.removeprefix("/") or "/"
        return f"{server} refuses the virtual host {name}: does it exist, and may this user use it?"
    if "x-consistent-hash" in text:
        return f"{server} lacks a plugin: rabbitmq-plugins enable rabbitmq_consistent_hash_exchange"
    return f"{server}: {cleared(text, str(url)) or type(error).__name__}"
