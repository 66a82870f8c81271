"""The service without its request log: what it is compared with has none."""

import logging

# By name: not every service has every transport.
LOGGERS = ("http.observe", "jsonrpc.answer", "grpc.observe")


def quiet() -> None:
    """Log no requests."""
    for name in LOGGERS:
        logging.getLogger(f"app.interfaces.{name}").setLevel(logging.WARNING)
