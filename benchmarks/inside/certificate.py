"""The certificate of the servers that are never in plain text."""

from pathlib import Path

from chassis.bootstrap import self_signed
from chassis.service_package import use_service

PATH = Path("var", "benchmark.pem")


def certificate() -> Path:
    """Return a PEM file with a certificate and its key."""
    use_service("app")
    self_signed.make(PATH)
    return PATH
