"""The credentials of `send` and `tail`, and the errors if the files are unusable."""

from pathlib import Path
from pkgutil import iter_modules

import jwt
import pytest

from app.cli.notification.remote import REMOTE
from chassis.cli import clients
from chassis.cli.credentials import Credentials, credentials
from chassis.cli.failure import UsageError
from tests.chassis.certificates import Authority, Files

KEY = "Zq3v7Lw9Xc1Bn5Mk8Jh2Gf6Ds4Ap0QrT"


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Authority(tmp_path).sign("client")


def test_a_token_is_asked_for_each_time() -> None:
    tokens = iter(("first", "second", None))
    shown = Credentials(lambda: next(tokens))

    assert shown.headers() == {"authorization": "Bearer first"}
    assert shown.headers() == {"authorization": "Bearer second"}
    assert shown.headers() == {}


def test_the_key_may_lie_in_the_certificates_file(files: Files, tmp_path: Path) -> None:
    both = tmp_path / "both.pem"
    both.write_bytes(files.private_key.read_bytes() + files.certificate.read_bytes())
    shown = Credentials(certificate=both)

    # It checks that they belong together.
    assert shown.pem() == (both.read_bytes(), both.read_bytes())


def test_without_a_certificate_none_is_shown() -> None:
    assert Credentials().pem() == (None, None)


def test_files_that_cannot_be_used_are_told_of(files: Files, tmp_path: Path) -> None:
    other = Authority(tmp_path, "other")
    foreign = other.sign("foreign").private_key
    locked = other.sign("locked", password="secret")
    missing = tmp_path / "missing.key"

    told = {
        Credentials(certificate=files.certificate, private_key=foreign): "belong together",
        Credentials(certificate=files.certificate, private_key=missing): "cannot be read: No such",
        Credentials(certificate=files.certificate): "belong together",
        Credentials(certificate=locked.certificate, private_key=locked.private_key): "a password",
    }
    for shown, words in told.items():
        for use in (shown.context, shown.pem):
            with pytest.raises(UsageError, match=words):
                use()


def test_a_key_alone_is_refused(files: Files) -> None:
    with pytest.raises(UsageError, match="--private-key needs the certificate"):
        credentials("x", "orders:write", private_key=files.private_key)


def test_a_token_for_this_projects_own_service_has_the_scope_that_is_needed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUTH", "jwt")
    monkeypatch.setenv("AUTH_JWT_KEY", KEY)

    token = credentials(None, "orders:write").token()

    assert token is not None
    claims = jwt.decode(token, KEY, algorithms=["HS256"])
    assert (claims["scope"], claims["receivers"]) == ("orders:write", ["*"])
    assert credentials("http://127.0.0.1:1", "orders:write").token() is None


def test_a_certificate_is_for_tls(files: Files) -> None:
    for module in iter_modules(clients.__path__):
        if module.name in clients.ENCRYPTED:
            continue
        scheme = clients.SCHEMES.get(module.name, module.name)
        if scheme in clients.ENCRYPTED:
            continue
        with pytest.raises(UsageError, match=f"begin the URL with {scheme}s://"):
            clients.open_client(f"{scheme}://x", Credentials(certificate=files.certificate), REMOTE)
