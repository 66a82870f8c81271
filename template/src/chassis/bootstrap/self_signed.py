"""A certificate for a transport that is never in plain text, if the settings name none."""

import ipaddress
import logging
import os
import socket
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from chassis.bootstrap.project import read_project
from chassis.bootstrap.secret_files import write_new

log = logging.getLogger(__name__)

FOLDER = Path("var")
# Clients know it by its fingerprint, so that nothing renews it.
VALID = timedelta(days=3650)
DAY = timedelta(days=1)


def path_of(transport: str, folder: Path = FOLDER) -> Path:
    """Return where the certificate of a transport is, or will be, with its private key."""
    return folder / f"{transport}.pem"


def make(path: Path) -> bool:
    """Write the file if it is missing, for this user alone; return whether it did.

    Raises `OSError` if it cannot be written.
    """
    if path.exists():
        return False
    path.parent.mkdir(mode=0o700, exist_ok=True)
    # Another process may do the same now: both use the file that is there first.
    half = path.with_name(f"{path.name}.{os.getpid()}")
    half.unlink(missing_ok=True)
    try:
        write_new(half, _signed(), mode=0o600)
        with suppress(FileExistsError):
            os.link(half, path)
            return True
    finally:
        half.unlink(missing_ok=True)
    return False


def kept_or_made(transport: str) -> bytes:
    """Return the certificate of this project and its private key, made now if they are missing.

    If `var` cannot be written, as in a container, each start makes others, which no file has.
    """
    path = path_of(transport)
    try:
        make(path)
    except OSError as error:
        log.warning(
            "the certificate cannot be kept, and is another one at each start",
            extra={"transport": transport, "reason": str(error)},
        )
        return _signed().encode()
    return path.read_bytes()


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a certificate in hexadecimal digits; raises `OSError`, `ValueError`."""
    return fingerprint_of(path.read_bytes())


def fingerprint_of(pem: bytes) -> str:
    """Return the same for the certificate's own text; raises `ValueError`."""
    return x509.load_pem_x509_certificate(pem).fingerprint(SHA256()).hex()


def _signed() -> str:
    """Return a new private key and its certificate, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, read_project().slug)])
    hosts: list[x509.GeneralName] = [
        x509.IPAddress(ipaddress.ip_address(each)) for each in ("127.0.0.1", "::1")
    ]
    hosts += [x509.DNSName(each) for each in sorted({"localhost", _host_name()})]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + VALID)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return (secret + certificate.public_bytes(Encoding.PEM)).decode()


def _host_name() -> str:
    """Return this machine's name, if it is one that a certificate may have."""
    name = socket.gethostname()
    is_usual = name.isascii() and name.replace("-", "").replace(".", "").isalnum()
    return name if is_usual else "localhost"
