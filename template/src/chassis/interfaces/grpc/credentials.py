"""TLS for gRPC: new connections use a certificate that was renewed on disk."""

import logging
import threading
import time

import grpc

from chassis.interfaces.serving.errors import StartError
from chassis.interfaces.serving.tls import POLL_INTERVAL, Tls

log = logging.getLogger(__name__)

type Files = tuple[bytes, bytes, bytes | None]


def credentials_of(tls: Tls) -> grpc.ServerCredentials:
    """Return the credentials of a server; raises `StartError`."""
    fetcher = Fetcher(tls)
    return grpc.dynamic_ssl_server_credentials(
        fetcher.first,
        fetcher,  # type: ignore[arg-type]  # it may return nothing, as gRPC says in words
        require_client_authentication=fetcher.asks_clients,
    )


class Fetcher:
    """Called at each handshake, in gRPC's threads; checks the files once a second.

    If the new files cannot be used, the old ones stay: perhaps only half of them are written.
    """

    def __init__(self, tls: Tls) -> None:
        self._tls = tls
        self._files: Files = tls.read()
        self._looked = time.monotonic()
        self._reason = ""
        self._lock = threading.Lock()
        self.first = _configuration(self._files)
        self.asks_clients = self._files[2] is not None

    def __call__(self) -> grpc.ServerCertificateConfiguration | None:
        """Return the changed configuration, or None."""
        with self._lock:
            if time.monotonic() - self._looked < POLL_INTERVAL:
                return None
            self._looked = time.monotonic()
            return self._changed()

    def _changed(self) -> grpc.ServerCertificateConfiguration | None:
        try:
            files = self._tls.read()
        except StartError as error:
            if str(error) != self._reason:
                self._reason = str(error)
                log.warning("certificate not renewed", extra={"reason": self._reason})
            return None
        self._reason = ""
        if files == self._files:
            return None
        self._files = files
        log.info("certificate renewed", extra={"server": "grpc"})
        return _configuration(files)


def _configuration(files: Files) -> grpc.ServerCertificateConfiguration:
    certificate, key, client_ca = files
    return grpc.ssl_server_certificate_configuration([(key, certificate)], client_ca)
