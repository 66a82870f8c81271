"""TLS: the server's certificate, and the clients' certificates that it requires."""

import logging
import ssl
import time
from pathlib import Path
from typing import Protocol

from chassis.interfaces.serving.errors import StartError

log = logging.getLogger(__name__)

# Seconds between two checks of the files.
POLL_INTERVAL = 1.0


class Pem(Protocol):
    """A source of the certificate, for a server that does its TLS itself."""

    def read(self) -> tuple[bytes, bytes, bytes | None]:
        """Return certificate, key and the clients' CA; raises `StartError`."""
        ...

    def has_changed(self) -> bool:
        """Return whether `read` returns something else now."""
        ...


class PemInMemory:
    """A certificate and its private key, which no file has."""

    def __init__(self, pem: bytes) -> None:
        self._pem = pem

    def read(self) -> tuple[bytes, bytes, bytes | None]:
        """Return both, as certificate and as key, and no CA."""
        return self._pem, self._pem, None

    def has_changed(self) -> bool:
        """Return False."""
        return False


class Tls:
    """A certificate chain and its private key, in PEM files that may be renewed at any time.

    With `client_ca` every client must present a certificate that it has signed.
    """

    def __init__(self, certificate: Path, private_key: Path, client_ca: Path | None = None) -> None:
        self._files = [each for each in (certificate, private_key, client_ca) if each is not None]
        self._certificate = certificate
        self._private_key = private_key
        self._client_ca = client_ca
        self._stamps: list[tuple[int, int]] = []
        self._looked = 0.0

    def context(self, *protocols: str) -> ssl.SSLContext:
        """Return a context for a server, with `protocols` for ALPN; raises `StartError`."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if protocols:
            context.set_alpn_protocols(list(protocols))
        try:
            self._stamps = self._read_stamps()
            self._load(context)
            if self._client_ca is not None:
                context.load_verify_locations(self._client_ca)
                context.verify_mode = ssl.CERT_REQUIRED
        except (OSError, ValueError) as error:
            raise StartError(_describe_error(error)) from None
        return context

    def renew(self, context: ssl.SSLContext) -> None:
        """Load files that have changed on disk, for new connections; checks once a second.

        If the new one cannot be used, the old certificate stays: perhaps only half of it is
        written.
        """
        if self.has_changed():
            try:
                self._load(context)
                log.info("certificate renewed", extra={"file": str(self._certificate)})
            except (OSError, ValueError) as error:
                log.warning("certificate not renewed", extra={"reason": _describe_error(error)})

    def read(self) -> tuple[bytes, bytes, bytes | None]:
        """Return certificate, key and the clients' CA; raises `StartError`."""
        try:
            self._stamps = self._read_stamps()
            # Checked here, because the errors of libraries that take the bytes say less.
            self._load(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
            certificate, key = self._certificate.read_bytes(), self._private_key.read_bytes()
            return certificate, key, self._client_ca.read_bytes() if self._client_ca else None
        except (OSError, ValueError) as error:
            raise StartError(_describe_error(error)) from None

    def has_changed(self) -> bool:
        """Return whether the files have changed on disk; checks once a second."""
        now = time.monotonic()
        if now - self._looked < POLL_INTERVAL:
            return False
        self._looked = now
        try:
            stamps = self._read_stamps()
        except OSError:
            # One of them is being replaced.
            return False
        if stamps == self._stamps:
            return False
        self._stamps = stamps
        return True

    def _load(self, context: ssl.SSLContext) -> None:
        # Without a password function OpenSSL would ask on the terminal.
        context.load_cert_chain(self._certificate, self._private_key, password=_no_password)

    def _read_stamps(self) -> list[tuple[int, int]]:
        return [(status.st_mtime_ns, status.st_ino) for status in (f.stat() for f in self._files)]


def _no_password() -> str:
    raise ValueError("TLS_PRIVATE_KEY has a password: remove it (openssl pkey -in … -out …)")


def _describe_error(error: Exception) -> str:
    match error:
        case ssl.SSLError():
            return (
                "TLS_CERTIFICATE and TLS_PRIVATE_KEY cannot be used: they must be PEM files that "
                f"belong together ({error.reason or error})"
            )
        case OSError():
            return f"the TLS file {error.filename} cannot be read: {error.strerror}"
        case _:
            return str(error)
