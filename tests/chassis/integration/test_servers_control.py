"""`python -m tests.servers --control`: servers that another process drives."""

import json
import subprocess
import sys
from io import StringIO

import pytest

from tests.servers.control import obey
from tests.servers.redis import RedisServer


@pytest.mark.parametrize("order", ("stop", "burn redis", "stop postgres", ""))
def test_an_order_that_is_none_is_answered_with_those_that_are(
    own_redis: RedisServer, order: str
) -> None:
    answers = StringIO()

    obey(StringIO(f"{order}\n"), answers, {"redis": own_redis})

    assert json.loads(answers.getvalue()) == {
        "error": "say one of stop, start, kill, freeze, thaw and one of redis"
    }
    assert own_redis.answers()


def test_it_obeys_line_by_line_until_there_are_no_more(own_redis: RedisServer) -> None:
    # Asked for first, so that the test is skipped where there is no Redis.
    assert own_redis.answers()
    command = [sys.executable, "-m", "tests.servers", "redis", "--json", "--control"]
    orders = "stop redis\nstop redis\nstart redis\nfreeze redis\nthaw redis\nkill redis\n"

    ended = subprocess.run(
        command, input=orders, capture_output=True, text=True, timeout=30, check=False
    )

    assert ended.returncode == 0, ended
    settings, *answers = (json.loads(line) for line in ended.stdout.splitlines())
    assert settings.keys() == {"CACHE_URL"}
    assert answers == [{"done": order} for order in orders.splitlines()]
