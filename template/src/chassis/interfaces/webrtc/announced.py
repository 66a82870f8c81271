"""The setting of the addresses that peers get."""

import ipaddress
from urllib.parse import urlsplit


def read_addresses(text: str) -> list[tuple[str, int]]:
    """Return the addresses of a comma-separated text, each with its port, or 0 without one.

    Raises `ValueError`, whose text says what to do.
    """
    return [_read(each.strip()) for each in text.split(",") if each.strip()]


def _read(text: str) -> tuple[str, int]:
    has_port = text.startswith("[") or text.count(":") < 2
    try:
        parts = urlsplit(f"//{text}" if has_port else f"//[{text}]")
        return str(ipaddress.ip_address(parts.hostname or "")), parts.port or 0
    except ValueError:
        raise ValueError(
            "name addresses of IP, such as 203.0.113.7, 203.0.113.7:18089 or [2001:db8::7]:18089"
        ) from None
