"""Redis; it keeps nothing on disk, so it is empty after each start."""

import shutil

from redis import Redis, RedisError

from tests.servers.process import Process
from tests.servers.server import Server

# The oldest major version that has all commands which the service calls.
OLDEST = 7

# A database for each worker of pytest.
CONFIG = """
databases 128
bind 127.0.0.1
save ""
appendonly no
"""


class RedisServer(Server):
    """A `redis-server`."""

    name = "Redis"
    variable = "TEST_CACHE_URL"
    packages = "redis-server"

    def __init__(self, config: str = "") -> None:
        self._program = shutil.which("redis-server")
        if self._program is None:
            raise self.missing()
        super().__init__(config)

    @property
    def url(self) -> str:
        """Ends in a slash: the number of a database may follow."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/"

    def run(self) -> Process:
        lines = [CONFIG, f"port {self.port}", f"requirepass {self.password}", self.config]
        file = self.folder / "redis.conf"
        file.write_text("\n".join(lines))
        return Process([str(self._program), str(file)], self.folder, {})

    def answers(self) -> bool:
        return answers(self.url)

    @staticmethod
    def fault_at(url: str) -> str:
        with Redis.from_url(url, socket_timeout=10, socket_connect_timeout=10) as client:
            version = str(client.info("server")["redis_version"])
        return f"is {version}, older than {OLDEST}" if int(version.split(".")[0]) < OLDEST else ""


def answers(url: str) -> bool:
    """Return whether the server at `url` serves."""
    with Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as client:
        try:
            return bool(client.ping())
        except RedisError:
            return False
