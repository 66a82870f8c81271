"""TLS settings: one certificate for all servers, and for each whether it uses it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from msgspec import Struct

from chassis.interfaces.serving.hosts import is_loopback
from chassis.interfaces.serving.tls import Tls

# `auto`: if there is a certificate. `proxy`: the proxy in front of it ends TLS.
type Mode = Literal["auto", "off", "proxy"]


class TlsSettings(Struct, frozen=True, kw_only=True):
    """Paths of PEM files; with `tls_client_ca`, clients need their own certificate."""

    tls_certificate: str = ""
    tls_private_key: str = ""
    tls_client_ca: str = ""


def make_tls(settings: TlsSettings, mode: Mode) -> Tls | None:
    """Return the TLS files for a server of that mode, or None."""
    if mode != "auto" or not settings.tls_certificate:
        return None
    client_ca = Path(settings.tls_client_ca) if settings.tls_client_ca else None
    return Tls(Path(settings.tls_certificate), Path(settings.tls_private_key), client_ca)


def problems(
    settings: TlsSettings, servers: Iterable[tuple[str, Struct]], *, in_production: bool
) -> list[str]:
    """Return the problems of these and of the servers' settings, each with its name."""
    found = []
    if bool(settings.tls_certificate) != bool(settings.tls_private_key):
        found.append("TLS_CERTIFICATE and TLS_PRIVATE_KEY go together: set both, or neither")
    if settings.tls_client_ca and not settings.tls_certificate:
        found.append("TLS_CLIENT_CA also needs TLS_CERTIFICATE and TLS_PRIVATE_KEY")
    if in_production:
        found += [problem for server in servers if (problem := _exposure(settings, *server))]
    return found


def _exposure(settings: TlsSettings, name: str, server: Struct) -> str | None:
    mode: Mode | None = getattr(server, f"{name}_tls", None)
    host: str = getattr(server, f"{name}_host")
    is_safe = mode == "proxy" or (mode == "auto" and settings.tls_certificate)
    # The ops port shows no stored data, and has no such setting.
    if mode is None or is_safe or is_loopback(host):
        return None
    return (
        f"ENVIRONMENT=production serves nothing in plain text on {name.upper()}_HOST={host}: set "
        f"TLS_CERTIFICATE and TLS_PRIVATE_KEY, or {name.upper()}_TLS=proxy if a proxy in "
        "front of it ends TLS"
    )
