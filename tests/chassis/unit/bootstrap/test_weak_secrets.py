import os
import secrets
from pathlib import Path

import pytest

from chassis.bootstrap.weak_secrets import exposed, is_guessable, placeholders, weaknesses

# The same in all workers of pytest.
GOOD = "4wZ-8nbp3xcYrG4_OKvWgATOZfXSCwqB9tTTGVja2o"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    (
        ("DATABASE_URL", "postgresql+asyncpg://app:app@host/app", "a default password"),
        ("DATABASE_URL", "postgresql+asyncpg://billing:billing@host/app", "equals the user"),
        ("DATABASE_URL", "postgresql+asyncpg://app:Pass%77ord1234@host/app", "a default password"),
        ("DATABASE_URL", "postgresql+asyncpg://app:x7Kq@host/app", "fewer than 12 characters"),
        ("DATABASE_URL", f"postgresql+asyncpg://app:{GOOD}@host/app", ""),
        ("DATABASE_URL", "postgresql+asyncpg://host/app", ""),
        ("DATABASE_URL", "sqlite+aiosqlite:///var/app.db", ""),
        ("BROKER_URL", "amqp://guest:guest@host/", "a default password"),
        ("BROKER_URL", "amqp://host/", "a default password"),
        ("BROKER_URL", "amqp://app:<secret:broker>@host/", "the placeholder"),
        ("BROKER_URL", f"amqp://app:{GOOD}@host/", ""),
        ("BROKER_URL", "memory://", ""),
        ("CACHE_URL", "redis://cache:6379/0", "no password"),
        ("CACHE_URL", "redis://127.0.0.1:6379/0", ""),
        ("CACHE_URL", "redis://[::1]:6379/0", ""),
        ("CACHE_URL", f"redis://:{GOOD}@cache:6379/0", ""),
        ("AUTH_JWT_KEY", "<made by init>", "the placeholder"),
        ("AUTH_JWT_KEY", "changeme" * 8, "easy to guess"),
        ("AUTH_JWT_KEY", f"{GOOD}\n{'x' * 40}", "easy to guess"),
        ("AUTH_JWT_KEY", f"{GOOD}\n{GOOD}", ""),
        ("AUTH_JWT_KEY", "-----BEGIN PUBLIC KEY-----\n...", ""),
        ("WEBRTC_ICE_PASSWORD", "guest", "a default password"),
        ("TLS_PRIVATE_KEY", "/etc/tls/tls.key", ""),
        ("BROKER_QUEUE", "guest", ""),
    ),
)
def test_a_weak_secret_is_told_without_its_value(name: str, value: str, told: str) -> None:
    found = weaknesses([(name, value)])

    if told:
        (sentence,) = found
        assert sentence.startswith(f"{name} has {told}") or told in sentence
        assert value not in sentence
    else:
        assert found == []


def test_only_secrets_have_placeholders() -> None:
    settings = [("AUTH_JWT_KEY", "<made by init>"), ("OTHER", "<made by init>"), ("A_KEY", GOOD)]

    (found,) = placeholders(settings)
    assert found.startswith("AUTH_JWT_KEY has the placeholder")


def test_what_init_makes_is_not_guessable() -> None:
    assert not any(is_guessable(secrets.token_urlsafe(32)) for _ in range(1000))


@pytest.mark.skipif(os.name != "posix", reason="files have no such modes")
@pytest.mark.parametrize(
    ("file", "folder", "told"),
    ((0o644, 0o755, True), (0o444, 0o700, False), (0o600, 0o755, False), (0o640, 0o755, False)),
)
def test_a_file_that_every_user_can_read_is_told(
    file: int, folder: int, told: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    secret = inner / "key"
    secret.write_text(GOOD)
    secret.chmod(file)
    # The folders of pytest itself are closed to other users.
    real = Path.stat

    def stat(path: Path, **options: bool) -> os.stat_result:
        found = real(path, **options)
        mode = folder if path == inner else found.st_mode | 0o005
        return found if path == secret else os.stat_result((mode, *found[1:]))

    monkeypatch.setattr(Path, "stat", stat)

    found = exposed([("AUTH_JWT_KEY", secret)])

    assert found == (
        [f"every user can read the file of AUTH_JWT_KEY: chmod o-rwx {secret}"] if told else []
    )


def test_a_file_that_is_not_there_is_not_told(tmp_path: Path) -> None:
    assert exposed([("AUTH_JWT_KEY", tmp_path / "none")]) == []
