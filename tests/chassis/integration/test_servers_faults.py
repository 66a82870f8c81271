"""Servers that are there in part: tests do without them, and say why."""

import os
from pathlib import Path

import pytest
from redis import Redis

from tests.servers import postgresql, rabbitmq, server
from tests.servers.missing import Missing
from tests.servers.postgresql import PostgresqlServer
from tests.servers.rabbitmq import RabbitmqServer
from tests.servers.redis import RedisServer
from tests.servers.shared import shared_url, start


class Fakes:
    """Programs that take the place of the real ones; nothing else is found."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
        monkeypatch.setattr(postgresql, "FOLDERS", (f"{folder}/postgresql/*/bin",))
        monkeypatch.setattr(rabbitmq, "PROGRAMS", ("rabbitmq-server",))
        # No container stands in.
        self.program("docker", "exit 1")
        self.program("podman", "exit 1")
        for kind in (PostgresqlServer, RabbitmqServer, RedisServer):
            monkeypatch.delenv(kind.variable, raising=False)

    def program(self, name: str, script: str) -> Path:
        """Make a program that a shell runs."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    def postgresql(self, version: str, *extensions: str) -> Path:
        """Make an installation; return the folder of its programs."""
        programs = self.program(f"postgresql/{version}/bin/initdb", "exit 1").parent
        shared = programs.parent / "share"
        (shared / "extension").mkdir(parents=True)
        for name in extensions:
            (shared / "extension" / f"{name}.control").touch()
        self.program(f"{programs}/postgres", f"echo 'postgres (PostgreSQL) {version}.5'")
        self.program(f"{programs}/pg_config", f"echo '{shared}'")
        return programs


@pytest.fixture
def fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fakes:
    """A machine without servers."""
    return Fakes(tmp_path, monkeypatch)


def test_postgresql_without_timescaledb_is_none(fakes: Fakes) -> None:
    fakes.postgresql("15", "plpgsql")

    with pytest.raises(Missing, match="PostgreSQL here has no TimescaleDB: apt-get install"):
        PostgresqlServer()


def test_postgresql_with_timescaledb_comes_before_a_newer_one(fakes: Fakes) -> None:
    fakes.postgresql("18")
    fit = fakes.postgresql("16", "timescaledb")
    fakes.postgresql("14", "timescaledb")

    chosen = PostgresqlServer()

    assert chosen._programs == fit
    chosen.close()


@pytest.mark.parametrize("script", ("exit 1", "sleep 60"), ids=("exits", "hangs"))
def test_postgresql_whose_program_fails_is_none(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    monkeypatch.setattr(postgresql, "ANSWER_TIMEOUT", 0.5)
    programs = fakes.postgresql("17", "timescaledb")
    fakes.program(f"{programs}/postgres", script)

    with pytest.raises(Missing, match="PostgreSQL here does not start: apt-get install"):
        PostgresqlServer()


def test_postgresql_that_cannot_make_its_data_is_none(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Another user could not enter the folder of this test.
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    programs = fakes.postgresql("17", "timescaledb")
    fakes.program(f"{programs}/initdb", "echo no locale en >&2; exit 1")

    with pytest.raises(Missing, match=r"PostgreSQL here does not start \(.*no locale en"):
        start(PostgresqlServer)


@pytest.mark.parametrize(
    ("script", "reason"),
    (
        ("echo bad CPU; exit 1", "does not start .*bad CPU"),
        ("exec sleep 60", "does not start .*does not answer"),
    ),
    ids=("exits", "hangs"),
)
@pytest.mark.parametrize(
    ("kind", "name"), ((RabbitmqServer, "rabbitmq-server"), (RedisServer, "redis-server"))
)
def test_program_that_does_not_start_is_none(
    fakes: Fakes,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[server.Server],
    name: str,
    script: str,
    reason: str,
) -> None:
    monkeypatch.setattr(server, "TIMEOUT", 1.0)
    fakes.program("epmd", "exec sleep 60")
    fakes.program(name, script)

    with pytest.raises(Missing, match=f"the {kind.name} here {reason}"):
        start(kind)


def test_program_for_another_machine_is_none(fakes: Fakes) -> None:
    fakes.program("redis-server", "").write_bytes(b"\x7fELF of another machine")

    with pytest.raises(Missing, match="the Redis here does not start"):
        start(RedisServer)


def test_test_of_its_own_server_is_skipped_too(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUIRE_SERVICES", raising=False)
    fakes.program("redis-server", "exit 1")

    with (
        pytest.raises(pytest.skip.Exception, match="the Redis here does not start"),
        RedisServer.private(),
    ):
        pass


class WithAnUnknownPlugin(RabbitmqServer):
    """One that is to start a plugin which is not installed."""

    @property
    def plugins(self) -> list[str]:
        return [*super().plugins, "rabbitmq_unknown"]


def test_rabbitmq_without_a_plugin_is_none(own_rabbitmq: RabbitmqServer) -> None:
    with pytest.raises(Missing, match="the RabbitMQ here has no rabbitmq_unknown: apt-get"):
        WithAnUnknownPlugin().started()


class WithoutPlugins(RabbitmqServer):
    """One as it is without any settings."""

    @property
    def plugins(self) -> list[str]:
        return []

    def fault(self) -> str:
        return ""


def test_given_rabbitmq_without_its_plugin_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with WithoutPlugins.private() as given:
        monkeypatch.setenv("TEST_BROKER_URL", given.url)
        with pytest.raises(Missing, match="TEST_BROKER_URL has no rabbitmq_consistent_hash"):
            shared_url(RabbitmqServer, tmp_path)


def test_given_postgresql_that_has_not_loaded_timescaledb_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with PostgresqlServer.private("shared_preload_libraries = ''") as given:
        monkeypatch.setenv("TEST_DATABASE_URL", given.url)
        with pytest.raises(Missing, match="TEST_DATABASE_URL has not loaded TimescaleDB"):
            shared_url(PostgresqlServer, tmp_path)


def test_given_postgresql_without_timescaledb_is_named(
    own_postgresql: PostgresqlServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # A list without it, in the place of the real one.
    own_postgresql.databases.sql("CREATE SCHEMA other")
    own_postgresql.databases.sql(
        "CREATE VIEW other.pg_available_extensions AS "
        "SELECT * FROM pg_catalog.pg_available_extensions WHERE name <> 'timescaledb'"
    )
    own_postgresql.databases.sql("ALTER ROLE app SET search_path = other, pg_catalog, public")
    monkeypatch.setenv("TEST_DATABASE_URL", own_postgresql.url)

    with pytest.raises(Missing, match="TEST_DATABASE_URL has no TimescaleDB"):
        shared_url(PostgresqlServer, tmp_path)


def test_old_redis_is_named(
    own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Redis, "info", lambda *_: {"redis_version": "6.2.14"})
    monkeypatch.setenv("TEST_CACHE_URL", own_redis.url)

    with pytest.raises(Missing, match=r"TEST_CACHE_URL is 6\.2\.14, older than 7"):
        shared_url(RedisServer, tmp_path)
