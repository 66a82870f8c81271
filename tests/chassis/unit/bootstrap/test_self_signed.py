import errno
import multiprocessing
import socket
import stat
import tempfile
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from chassis.bootstrap import self_signed
from chassis.interfaces.quic.certificate import QuicCertificate
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.tls import PemInMemory, Tls


def test_it_is_made_once_for_its_user_alone(tmp_path: Path) -> None:
    path = self_signed.path_of("quic", tmp_path / "var")
    assert self_signed.make(path)
    first = self_signed.fingerprint(path)

    assert not self_signed.make(path)
    assert self_signed.fingerprint(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    # Nothing is left over from its making.
    assert list(path.parent.iterdir()) == [path]


def test_a_server_can_use_it_and_a_client_finds_its_own_machine_in_it(tmp_path: Path) -> None:
    path = self_signed.path_of("quic", tmp_path)
    self_signed.make(path)

    certificate, key, _ = Tls(path, path).read()
    found = x509.load_pem_x509_certificate(certificate)
    assert found.public_key() == load_pem_private_key(key, None).public_key()
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "localhost" in names.get_values_for_type(x509.DNSName)
    assert {*map(str, names.get_values_for_type(x509.IPAddress))} == {"127.0.0.1", "::1"}
    assert len(self_signed.fingerprint(path)) == 64


def made(path: Path) -> bool:
    return self_signed.make(path)


def test_of_several_processes_one_makes_it(tmp_path: Path) -> None:
    path = self_signed.path_of("quic", tmp_path)
    with multiprocessing.get_context("fork").Pool(4) as pool:
        assert sum(pool.map(made, [path] * 8)) == 1
    Tls(path, path).read()
    assert list(tmp_path.iterdir()) == [path]


def test_where_nothing_can_be_kept_it_is_another_one_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (blocked := tmp_path / "var").write_text("")
    (temporary := tmp_path / "tmp").mkdir()
    monkeypatch.setattr(self_signed.path_of, "__defaults__", (blocked,))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))

    first, second = self_signed.kept_or_made("quic"), self_signed.kept_or_made("quic")

    assert self_signed.fingerprint_of(first) != self_signed.fingerprint_of(second)
    assert QuicCertificate(PemInMemory(first), Limits()).configuration.private_key
    assert "the certificate cannot be kept, and is another one at each start" in caplog.messages
    assert [*temporary.iterdir()] == []


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_half(path: Path, text: str, mode: int) -> None:
        path.write_text(text[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(self_signed, "write_new", write_half)
    with pytest.raises(OSError, match="No space left"):
        self_signed.make(self_signed.path_of("quic", tmp_path))

    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("name", ("a b", "größe", ""))
def test_a_strange_name_of_the_machine_is_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: name)
    path = self_signed.path_of("quic", tmp_path)
    assert self_signed.make(path)
