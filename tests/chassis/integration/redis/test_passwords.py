"""Passwords that change while the service has connections."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from chassis.application.errors import Unavailable
from chassis.bootstrap.environment import Environment
from chassis.bootstrap.settings import CoreSettings
from chassis.infrastructure.redis.cache import RedisCache
from chassis.infrastructure.secrets import source
from tests.servers.redis import RedisServer


@pytest.fixture(params=("FILE", "COMMAND"))
def form(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(source, "POLL_INTERVAL", 0)
    return str(request.param)


async def test_connections_go_on_and_the_next_one_has_the_new_password(
    own_redis: RedisServer, tmp_path: Path, form: str
) -> None:
    # Its stubs do not type every order.
    operator: Any = Redis.from_url(own_redis.url)
    file = tmp_path / "url"
    own = own_redis.url.rpartition("@")[2]
    operator.execute_command("ACL", "SETUSER", "ada", "on", ">first", "~*", "+@all")
    await asyncio.to_thread(file.write_text, f"redis://ada:first@{own}")
    value = str(file) if form == "FILE" else f"cat {file}"
    environment = Environment({f"CACHE_URL_{form}": value})
    cache = RedisCache(environment.load(CoreSettings).cache_url, 60, "test:")
    await cache.check()

    # Redis takes both passwords meanwhile, so there is no gap.
    operator.execute_command("ACL", "SETUSER", "ada", ">second")
    await asyncio.to_thread(file.write_text, f"redis://ada:second@{own}")
    await cache.check()
    operator.execute_command("ACL", "SETUSER", "ada", "<first")
    await cache.check()
    operator.execute_command("CLIENT", "KILL", "USER", "ada")

    if form == "COMMAND":
        # It runs again once the old password is refused.
        with pytest.raises(Unavailable, match="refuses the user or password"):
            await cache.check()
    await cache.check()
    await cache.close()
    operator.close()
