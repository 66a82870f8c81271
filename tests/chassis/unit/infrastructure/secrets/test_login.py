import asyncio
import logging

import pytest

from chassis.infrastructure.secrets import login
from chassis.infrastructure.secrets.login import RenewableLogin
from chassis.infrastructure.secrets.source import SecretSource, SecretText

OLD, NEW = "amqp://app:old@host/", "amqp://app:new@host/"


class Refused(Exception):
    pass


class Server:
    """Knows which URLs it lets in, and which were tried."""

    def __init__(self, *valid: str) -> None:
        self.valid = {*valid}
        self.tried: list[str] = []

    async def open(self, url: str) -> str:
        self.tried.append(url)
        if url not in self.valid:
            raise Refused
        return url


class File:
    """A file with a URL, which is read whenever it is looked at."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
        self.text = text
        source = SecretSource("BROKER_URL_FILE", lambda: self.text)
        monkeypatch.setattr(source, "look", lambda: self.text)
        self.url = SecretText(source)


@pytest.fixture
def file(monkeypatch: pytest.MonkeyPatch) -> File:
    monkeypatch.setattr(login, "RETRY", 0.01)
    return File(monkeypatch, OLD)


async def connected(to: RenewableLogin, server: Server) -> str:
    return await to.connect(server.open, lambda error: isinstance(error, Refused))


async def test_a_fixed_url_is_tried_once() -> None:
    fixed, server = RenewableLogin(OLD, timeout=60), Server(NEW)

    with pytest.raises(Refused):
        await connected(fixed, server)

    assert server.tried == [OLD]
    assert not fixed.may_change
    assert not fixed.is_outdated(0)


async def test_another_error_is_raised_at_once(file: File) -> None:
    async def open_with(_: str) -> str:
        raise OSError("away")

    with pytest.raises(OSError, match="away"):
        await RenewableLogin(file.url, timeout=60).connect(open_with, lambda _: False)


async def test_a_new_login_is_used_for_new_connections(file: File) -> None:
    found, server = RenewableLogin(file.url), Server(OLD, NEW)
    assert await connected(found, server) == OLD

    file.text = NEW

    assert await connected(found, server) == NEW
    assert (found.url, found.version) == (NEW, 1)


async def test_while_the_server_does_not_know_the_new_one_the_old_one_is_used(
    file: File, caplog: pytest.LogCaptureFixture
) -> None:
    found, server = RenewableLogin(file.url), Server(OLD)
    file.text = NEW

    assert [await connected(found, server) for _ in range(2)] == [OLD, OLD]
    assert server.tried == [NEW, OLD, NEW, OLD]
    assert [record.message for record in caplog.records] == ["new login refused, the old one works"]
    server.valid = {NEW}
    assert await connected(found, server) == NEW


async def test_a_refused_login_waits_until_the_file_changes(file: File) -> None:
    found, server = RenewableLogin(file.url, timeout=60), Server(NEW)

    waiting = asyncio.create_task(connected(found, server))
    while len(server.tried) < 3:
        await asyncio.sleep(0.01)
    file.text = NEW

    assert await asyncio.wait_for(waiting, 30) == NEW


async def test_the_timeout_is_for_all_connections_together_until_one_works(file: File) -> None:
    found, server = RenewableLogin(file.url, timeout=0.05), Server()

    for _ in range(2):
        with pytest.raises(Refused):
            await connected(found, server)
    tried = len(server.tried)
    with pytest.raises(Refused):
        await connected(found, server)
    assert len(server.tried) == tried + 1
    server.valid = {OLD}
    assert await connected(found, server) == OLD
    server.valid = set()
    server.tried.clear()
    with pytest.raises(Refused):
        await connected(found, server)
    assert len(server.tried) > 1


async def test_another_host_needs_a_restart(file: File, caplog: pytest.LogCaptureFixture) -> None:
    found, server = RenewableLogin(file.url), Server(OLD)
    file.text = "amqp://app:new@elsewhere/"

    with caplog.at_level(logging.WARNING):
        assert [await connected(found, server) for _ in range(2)] == [OLD, OLD]

    (record,) = caplog.records
    assert record.message == "URL not renewed"
    assert "elsewhere" not in str(record.__dict__)


async def test_one_connection_tries_a_new_login_and_the_others_follow(file: File) -> None:
    found, server = RenewableLogin(file.url), Server(OLD, NEW)
    await connected(found, server)
    assert not found.is_outdated(0)

    file.text = NEW

    assert found.is_outdated(0)
    assert not found.is_outdated(0)
    await connected(found, server)
    assert found.is_outdated(0)
    assert not found.is_outdated(1)


async def test_what_is_logged_has_no_password(file: File, caplog: pytest.LogCaptureFixture) -> None:
    found = RenewableLogin(file.url)
    file.text = NEW
    with caplog.at_level(logging.INFO):
        await connected(found, Server(NEW))
        file.text = OLD
        await connected(found, Server(NEW))

    assert [vars(record)["setting"] for record in caplog.records] == ["BROKER_URL_FILE"] * 2
    assert not any(word in str(record.__dict__) for record in caplog.records for word in (OLD, NEW))
