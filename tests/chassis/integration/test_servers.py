"""The real servers that tests may ask for."""

import socket
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import make_url

from tests.servers import postgresql as postgresql_server
from tests.servers import rabbitmq, redis
from tests.servers.databases import Databases
from tests.servers.missing import Missing, give_up, is_required
from tests.servers.postgresql import PostgresqlServer
from tests.servers.rabbitmq import RabbitmqServer
from tests.servers.redis import RedisServer
from tests.servers.shared import shared_url


def test_each_shared_server_answers(postgresql: Databases, broker_url: str, cache_url: str) -> None:
    assert postgresql_server.answers(postgresql.url("postgres"))
    assert rabbitmq.answers(broker_url)
    assert redis.answers(cache_url)


def test_each_test_has_a_database_of_its_own(
    postgresql: Databases, empty_database_url: str
) -> None:
    name = make_url(empty_database_url).database or ""

    assert postgresql.sql("SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'", name) == []
    assert postgresql.sql("SELECT 1 FROM pg_database WHERE datname = 'postgres'", name) == [(1,)]


@pytest.mark.parametrize("turn", (1, 2))
def test_each_test_finds_the_cache_empty(cache_url: str, turn: int) -> None:
    with Redis.from_url(cache_url) as client:
        assert client.dbsize() == 0
        client.set("turn", turn)


def test_postgresql_keeps_its_data_when_it_is_killed(own_postgresql: PostgresqlServer) -> None:
    own_postgresql.databases.create("kept")
    url, pid = own_postgresql.url, own_postgresql.pid

    own_postgresql.kill()
    assert not own_postgresql.answers()

    own_postgresql.start()
    assert own_postgresql.url == url
    assert own_postgresql.pid != pid
    assert own_postgresql.databases.sql("SELECT 1", "kept") == [(1,)]


def test_redis_is_empty_when_it_comes_back(own_redis: RedisServer) -> None:
    with Redis.from_url(own_redis.url) as client:
        client.set("key", "value")

    own_redis.stop()
    own_redis.start()

    with Redis.from_url(own_redis.url) as client:
        assert client.dbsize() == 0


def test_rabbitmq_comes_back_on_its_port(own_rabbitmq: RabbitmqServer) -> None:
    url = own_rabbitmq.url

    own_rabbitmq.stop()
    assert not own_rabbitmq.answers()

    own_rabbitmq.start()
    assert own_rabbitmq.url == url


def test_what_is_frozen_does_not_answer_and_what_is_thawed_does(
    own_postgresql: PostgresqlServer, own_redis: RedisServer
) -> None:
    for server in (own_postgresql, own_redis):
        server.freeze()
        with socket.create_connection(("127.0.0.1", server.port), 1):
            assert not server.answers()
        server.thaw()
        assert server.answers()


def test_what_is_closed_leaves_nothing() -> None:
    with RedisServer.private() as server:
        folder: Path = server.folder
        assert folder.exists()

    assert not folder.exists()
    assert not server.answers()


@pytest.mark.parametrize(("value", "required"), (("", False), ("0", False), ("1", True)))
def test_services_are_required_where_the_variable_says_so(value: str, required: bool) -> None:
    assert is_required(value) is required


@pytest.mark.parametrize(
    ("value", "outcome"), (("", pytest.skip.Exception), ("1", pytest.fail.Exception))
)
def test_what_is_missing_skips_a_test_or_fails_it(
    monkeypatch: pytest.MonkeyPatch, value: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("REQUIRE_SERVICES", value)

    with pytest.raises(outcome, match="no Redis here: apt-get install redis-server"):
        give_up(RedisServer.missing())


def test_a_url_from_the_environment_comes_first(
    own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TEST_CACHE_URL", own_redis.url)

    assert shared_url(RedisServer, tmp_path) == own_redis.url


def test_what_cannot_be_had_is_looked_for_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("TEST_CACHE_URL", raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Missing, match="or set TEST_CACHE_URL"):
        shared_url(RedisServer, tmp_path)
    monkeypatch.undo()
    monkeypatch.delenv("TEST_CACHE_URL", raising=False)

    with pytest.raises(Missing, match="or set TEST_CACHE_URL"):
        shared_url(RedisServer, tmp_path)
