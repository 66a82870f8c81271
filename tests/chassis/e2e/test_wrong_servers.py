"""A server that is wrong or away: one line that says what to do, from `serve` and from `doctor`."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import make_url

from tests.e2e.process import TIMEOUT, run, serving
from tests.free_ports import FREE_PORTS
from tests.servers.databases import Databases
from tests.servers.postgresql import PostgresqlServer

pytestmark = pytest.mark.attack("wrong server", "server")

NOBODY = "127.0.0.1:1"


@pytest.fixture
def stranger(postgresql: Databases, empty_database_url: str) -> Iterator[str]:
    """The URL of a database whose user may do nothing in it."""
    url = make_url(empty_database_url)
    postgresql.sql("CREATE ROLE stranger LOGIN PASSWORD 'hush'")
    yield url.set(username="stranger", password="hush").render_as_string(hide_password=False)
    postgresql.sql("DROP ROLE stranger")


def changed(url: str, **parts: Any) -> str:
    return make_url(url).set(**parts).render_as_string(hide_password=False)


def told(folder: Path, *arguments: str, **settings: str) -> str:
    """Return the one line in which a command fails."""
    ended = run(folder, *arguments, **FREE_PORTS, **settings)
    assert ended.returncode == 1, ended
    [line] = ended.stderr.splitlines()
    assert line.startswith("error: ")
    return line


def found(folder: Path, about: str, **settings: str) -> str:
    """Return what `doctor` finds wrong about something."""
    ended = run(folder, "doctor", **FREE_PORTS, **settings)
    assert ended.returncode == 1, ended
    assert "Traceback" not in ended.stderr
    [line] = [line for line in ended.stdout.splitlines() if line.startswith(f"✗ {about}")]
    return line


def both(folder: Path, servers: dict[str, str]) -> list[str]:
    return [told(folder, "serve", **servers), found(folder, "database", **servers)]


def test_a_database_that_is_behind_is_not_served(
    tmp_path: Path, servers: dict[str, str], empty_database_url: str
) -> None:
    settings = servers | {"DATABASE_URL": empty_database_url}
    assert told(tmp_path, "serve", **settings).endswith("migrations: run migrate")
    assert found(tmp_path, "schema", **settings).endswith("migrations: run migrate")
    assert run(tmp_path, "migrate", "--check", **settings).returncode == 1
    assert run(tmp_path, "migrate", **settings).returncode == 0
    assert run(tmp_path, "migrate", "--check", **settings).returncode == 0
    assert run(tmp_path, "doctor", **FREE_PORTS, **settings).returncode == 0


async def test_a_database_that_is_ahead_is_served_with_a_warning(
    tmp_path: Path, servers: dict[str, str], postgresql: Databases
) -> None:
    name = make_url(servers["DATABASE_URL"]).database
    assert name is not None
    later = "UPDATE alembic_version SET version_num = 'service_9999' WHERE version_num ~ 'service'"
    postgresql.sql(later, name)
    async with serving(tmp_path, **servers) as process, httpx.AsyncClient() as http:
        assert (await http.get(f"{process.url}/notifications")).status_code == 200
        [warning] = [line for line in process.logs if "ahead" in line["event"]]
        assert "service_9999" in warning["found"]


def test_a_wrong_password(tmp_path: Path, servers: dict[str, str]) -> None:
    url = changed(servers["DATABASE_URL"], password="hush")
    for line in both(tmp_path, servers | {"DATABASE_URL": url}):
        assert "correct the user and the password in DATABASE_URL" in line
        assert "hush" not in line


def test_a_host_that_does_not_answer(tmp_path: Path, servers: dict[str, str]) -> None:
    url = f"postgresql+asyncpg://ada:hush@{NOBODY}/app"
    for line in both(tmp_path, servers | {"DATABASE_URL": url}):
        assert NOBODY in line
        assert "hush" not in line


def test_a_database_that_is_not_there(tmp_path: Path, servers: dict[str, str]) -> None:
    url = changed(servers["DATABASE_URL"], database="nowhere")
    for line in both(tmp_path, servers | {"DATABASE_URL": url}):
        assert "nowhere" in line
        assert "create it" in line


def test_a_user_who_may_not_make_tables(
    tmp_path: Path, servers: dict[str, str], stranger: str
) -> None:
    line = told(tmp_path, "migrate", **servers | {"DATABASE_URL": stranger})
    assert "permission" in line or "privileges" in line
    assert "hush" not in line
    ended = run(tmp_path, "doctor", **FREE_PORTS, **servers | {"DATABASE_URL": stranger})
    assert "grant it CREATE on the schema" in ended.stdout
    assert ended.returncode == 1


def test_a_user_who_may_not_read_the_tables(
    tmp_path: Path, servers: dict[str, str], postgresql: Databases
) -> None:
    postgresql.sql("CREATE ROLE reader LOGIN PASSWORD 'hush'")
    try:
        url = changed(servers["DATABASE_URL"], username="reader", password="hush")
        line = told(tmp_path, "serve", **servers | {"DATABASE_URL": url})
        assert "privileges" in line
        assert "privileges" in found(tmp_path, "schema", **servers | {"DATABASE_URL": url})
    finally:
        postgresql.sql("DROP ROLE reader")


def test_an_extension_that_is_not_loaded(tmp_path: Path) -> None:
    with PostgresqlServer.private("shared_preload_libraries = ''") as server:
        url = server.databases.create("app")
        line = told(tmp_path, "migrate", DATABASE_URL=url)
        ended = run(tmp_path, "doctor", **FREE_PORTS, DATABASE_URL=url)
    assert "shared_preload_libraries" in line
    assert "shared_preload_libraries" in ended.stdout
    assert ended.returncode == 1


@pytest.mark.parametrize("part", ("password", "host", "vhost"))
def test_the_doctor_finds_a_broker_that_is_wrong(
    tmp_path: Path, servers: dict[str, str], part: str
) -> None:
    url = make_url(servers["BROKER_URL"].replace("amqp", "any"))
    wrong = {
        "password": (url.set(password="hush"), "BROKER_URL"),
        "host": (url.set(host="127.0.0.1", port=1), NOBODY),
        "vhost": (url.set(database="nowhere"), "nowhere"),
    }
    given, hint = wrong[part]
    text = given.render_as_string(hide_password=False).replace("any", "amqp", 1)
    line = found(tmp_path, "broker", **servers | {"BROKER_URL": text})
    assert hint in line
    assert "hush" not in line


@pytest.mark.parametrize("part", ("password", "host"))
def test_the_doctor_finds_a_cache_that_is_wrong(
    tmp_path: Path, servers: dict[str, str], part: str
) -> None:
    url = make_url(servers["CACHE_URL"])
    wrong = {
        "password": (url.set(password="hush"), "CACHE_URL"),
        "host": (url.set(host="127.0.0.1", port=1, password="hush"), NOBODY),
    }
    given, hint = wrong[part]
    text = given.render_as_string(hide_password=False)
    line = found(tmp_path, "cache", **servers | {"CACHE_URL": text})
    assert hint in line
    assert "hush" not in line


async def test_it_serves_while_broker_and_cache_are_away(
    tmp_path: Path, servers: dict[str, str]
) -> None:
    away = {"BROKER_URL": f"amqp://ada:hush@{NOBODY}/", "CACHE_URL": f"redis://{NOBODY}/0"}
    async with serving(tmp_path, **servers | away) as process, httpx.AsyncClient() as http:
        async with asyncio.timeout(TIMEOUT):
            answer = await http.get(f"{process.ops}/readyz")
            # A consumer tells that it cannot begin, once it has tried.
            while answer.json()["dependencies"].get("consumer", {"ok": False})["ok"]:
                answer = await http.get(f"{process.ops}/readyz")
        assert answer.status_code == 200
        status = answer.json()
        assert status["status"] == "degraded"
        broken = {name for name, each in status["dependencies"].items() if not each["ok"]}
        assert broken - {"consumer"} == {"broker", "cache"}
        assert "hush" not in answer.text + str(process.logs)
        assert (await http.get(f"{process.url}/notifications")).json()["total"] == 0
