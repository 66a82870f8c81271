"""The credentials of `send` and `tail`: a token, and a certificate if the service asks for one."""

import ssl
import time
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from chassis.bootstrap.access import AccessSettings, can_sign, sign
from chassis.bootstrap.configuration import Configuration
from chassis.cli.failure import UsageError

# Seconds; a new one is signed for each connection.
GOOD_FOR = 300

type Token = Callable[[], str | None]


class Credentials(Struct, frozen=True):
    """Each connection asks for a token: an expired one would fail the second time.

    The private key may be in the certificate's file.
    """

    token: Token = lambda: None
    certificate: Path | None = None
    private_key: Path | None = None

    def headers(self) -> dict[str, str]:
        """Return the header with the token, if there is one."""
        token = self.token()
        return {"authorization": f"Bearer {token}"} if token else {}

    def context(self) -> ssl.SSLContext:
        """Return a TLS context with the system's trust; raises `UsageError`."""
        context = ssl.create_default_context()
        if self.certificate is not None:
            try:
                context.load_cert_chain(self.certificate, self.private_key, _no_password)
            except (OSError, ValueError) as error:
                raise UsageError(_describe_error(error)) from None
        return context

    def pem(self) -> tuple[bytes | None, bytes | None]:
        """Return the private key and the certificate, for libraries that take no context."""
        if self.certificate is None:
            return None, None
        # Checked here, because gRPC's error for such bytes says less.
        self.context()
        key = self.private_key or self.certificate
        return key.read_bytes(), self.certificate.read_bytes()


def credentials(
    via: str | None,
    scope: str,
    certificate: Path | None = None,
    private_key: Path | None = None,
) -> Credentials:
    """Return the token, `AUTH_TOKEN` or a fresh one for this project's own service, and the files.

    `scope` is the scope of the command's message: a fresh token has no other. Raises `UsageError`.
    """
    if private_key is not None and certificate is None:
        raise UsageError("--private-key needs the certificate that it belongs to: --certificate")
    return Credentials(_token(via, scope), certificate, private_key)


def _token(via: str | None, scope: str) -> Token:
    settings = Configuration.read().of(AccessSettings)
    if settings.auth_token:
        return lambda: settings.auth_token
    if via is None and settings.auth == "jwt" and can_sign(settings):
        return lambda: _signed(settings, scope)
    return lambda: None


def _signed(settings: AccessSettings, scope: str) -> str:
    claims = {
        "sub": "cli",
        "scope": scope,
        "receivers": ["*"],
        "exp": int(time.time()) + GOOD_FOR,
    }
    return sign(settings, claims)[0]


def _no_password() -> str:
    # Without it OpenSSL would ask on the terminal, and gRPC not at all.
    raise ValueError("--private-key has a password: remove it (openssl pkey -in … -out …)")


def _describe_error(error: Exception) -> str:
    match error:
        case ssl.SSLError():
            return (
                "--certificate and --private-key cannot be used: they must be PEM files that "
                f"belong together ({error.reason or error})"
            )
        case OSError():
            # OpenSSL does not say which of the two it is.
            return f"--certificate or --private-key cannot be read: {error.strerror}"
        case _:
            return str(error)
