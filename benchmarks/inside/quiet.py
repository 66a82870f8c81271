"""The service without its request log: what it is compared with has none."""

import logging

from chassis.infrastructure.telemetry import request_log


def quiet() -> None:
    """Log no requests."""
    request_log.log.setLevel(logging.WARNING)
