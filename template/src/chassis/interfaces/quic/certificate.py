"""The certificate of new connections, which may be renewed on disk at any time."""

import logging

from aioquic.quic.configuration import QuicConfiguration
from aioquic.tls import Alert, verify_certificate
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import (
    Certificate,
    ExtendedKeyUsage,
    ExtensionNotFound,
    load_pem_x509_certificates,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

from chassis.interfaces.quic.greeter import CONNECTION_ID
from chassis.interfaces.serving.errors import StartError
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.tls import Pem

log = logging.getLogger(__name__)

ALPN = "shallot-jsonrpc/1"

# Bytes that a client may send ahead of the sessions, on one stream and on all of a connection.
STREAM_WINDOW = 131_072
WINDOW = 2_097_152

type Files = tuple[bytes, bytes, bytes | None]


class QuicCertificate:
    """The configuration of connections; raises `StartError` if the files cannot be used."""

    def __init__(self, tls: Pem, limits: Limits) -> None:
        self._tls = tls
        self._limits = limits
        self._client_ca: bytes | None = None
        self.configuration = self._read()

    @property
    def asks_clients(self) -> bool:
        """Whether a client must show a certificate of its own."""
        return self._client_ca is not None

    def renew(self) -> None:
        """Use files that have changed, for new connections; checks once a second.

        If the new ones cannot be used, the old ones stay: perhaps only half of them is written.
        """
        if not self._tls.has_changed():
            return
        try:
            self.configuration = self._read()
            log.info("certificate renewed", extra={"server": "quic"})
        except StartError as error:
            log.warning("certificate not renewed", extra={"reason": str(error)})

    def accepts(self, chain: list[Certificate]) -> bool:
        """Return whether a client that has shown these certificates may connect."""
        if self._client_ca is None:
            return True
        if not chain or not _is_for_clients(chain[0]):
            return False
        try:
            verify_certificate(chain[0], chain[1:], cadata=self._client_ca)
        except Alert:
            return False
        return True

    def _read(self) -> QuicConfiguration:
        certificate, key, self._client_ca = self._tls.read()
        try:
            first, *chain = load_pem_x509_certificates(certificate)
            private_key = load_pem_private_key(key, None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise StartError(
                f"TLS_CERTIFICATE and TLS_PRIVATE_KEY cannot be used for QUIC: {error}"
            ) from None
        return QuicConfiguration(
            is_client=False,
            alpn_protocols=[ALPN],
            certificate=first,
            certificate_chain=chain,
            private_key=private_key,
            connection_id_length=CONNECTION_ID,
            idle_timeout=self._limits.ping_interval + self._limits.ping_timeout,
            max_data=WINDOW,
            max_stream_data=STREAM_WINDOW,
        )


def _is_for_clients(certificate: Certificate) -> bool:
    """Return whether its purposes, if it has any, are those of a client."""
    try:
        purposes = certificate.extensions.get_extension_for_class(ExtendedKeyUsage).value
    except ExtensionNotFound:
        return True
    except ValueError:
        return False
    allowed = (ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)
    return any(purpose in allowed for purpose in purposes)
