"""The quic server: JSON-RPC 2.0 on each stream, one message a line."""

import logging
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from chassis.bootstrap import jsonrpc
from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.finding import Finding
from chassis.bootstrap.lifecycle import Server
from chassis.bootstrap.limits import limits_of
from chassis.bootstrap.system import System
from chassis.bootstrap.tls import TlsSettings, make_tls
from chassis.interfaces.serving.address import reachable, url_of
from chassis.interfaces.serving.listener import bind_datagrams
from chassis.interfaces.serving.meter import Meter
from chassis.interfaces.serving.tls import Pem, PemInMemory

log = logging.getLogger(__name__)


class QuicSettings(Struct, frozen=True, kw_only=True):
    """The server's address (port 0 means any free port), and the streams of a connection.

    `quic_fingerprint` is for `send` and `tail`: the SHA-256 of the only certificate to trust.
    """

    quic_host: str = "127.0.0.1"
    quic_port: Annotated[int, Meta(ge=0, le=65_535)] = 4433
    quic_streams: Annotated[int, Meta(ge=1, le=10_000)] = 100
    quic_fingerprint: Annotated[str, Meta(pattern=r"^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$|^$")] = (
        ""
    )


SETTINGS = QuicSettings


def build(system: System) -> Server:
    """Return the server, not yet started."""
    # Loaded only if it is served: its settings are read everywhere.
    from chassis.interfaces.quic.server import QuicServer

    settings = system.configuration.of(QuicSettings)
    meter = Meter(system.core.metrics(), "quic")
    tls = make_tls(system.configuration.of(TlsSettings), "auto")
    return QuicServer(
        jsonrpc.endpoint(system, "quic", meter),
        settings.quic_host,
        settings.quic_port,
        tls or _self_signed(),
        limits_of(system.settings),
        meter,
        streams=settings.quic_streams,
    )


def init() -> str:
    """Make the certificate that is used without TLS_CERTIFICATE, once; return what to print."""
    from chassis.bootstrap import self_signed

    path = self_signed.path_of("quic")
    done = "written" if self_signed.make(path) else "exists already, and stays unchanged"
    return f"{path} {done}; the SHA-256 of its certificate is {self_signed.fingerprint(path)}"


def identity(configuration: Configuration) -> str:
    """Return the certificate of the service, for people."""
    from chassis.bootstrap import self_signed

    named = configuration.of(TlsSettings).tls_certificate
    path = Path(named) if named else self_signed.path_of("quic")
    try:
        return f"the certificate of SHA-256 {self_signed.fingerprint(path)}"
    except FileNotFoundError:
        return "none yet: serve makes a certificate" if not named else f"{named} is missing"
    except (OSError, ValueError) as error:
        return f"{path} cannot be read: {error}"


def examine(configuration: Configuration) -> Finding:
    """Check the self-signed certificate, if it is used."""
    from chassis.bootstrap import self_signed

    about, path = "quic certificate", self_signed.path_of("quic")
    if not configuration.of(TlsSettings).tls_certificate and path.exists():
        try:
            self_signed.fingerprint(path)
        except (OSError, ValueError) as error:
            advice = f"{path} cannot be read ({error}): remove it, and run init"
            return Finding(about=about, ok=False, advice=advice)
    return Finding(about=about, ok=True, note=identity(configuration))


def own_url(configuration: Configuration) -> str:
    """Return the URL of this project's own server, for `send` and `tail`."""
    settings = configuration.of(QuicSettings)
    return url_of("quic", reachable(settings.quic_host), settings.quic_port)


def _self_signed() -> Pem:
    from chassis.bootstrap import self_signed

    pem = self_signed.kept_or_made("quic")
    own = self_signed.fingerprint_of(pem)
    log.info("self-signed certificate", extra={"server": "quic", "sha256": own})
    return PemInMemory(pem)


# Its port is one of UDP.
probe = bind_datagrams
routes = jsonrpc.methods
documents = jsonrpc.DOCUMENTS
