"""The same servers as containers, for machines that have Docker or Podman and not the programs.

Images are never fetched in the middle of a test: the advice names the command.
"""

import os
import secrets
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

from tests.servers import postgresql, rabbitmq, redis
from tests.servers.missing import Missing
from tests.servers.process import Process
from tests.servers.server import Server

# If the script ends, for any reason, the container ends; the guard sends it SIGTERM.
SCRIPT = """
trap '"$0" rm --force --volumes "$NAME" >/dev/null' EXIT
trap exit TERM
"$0" run --rm --pull=never --name "$NAME" "$@" &
wait
"""


@dataclass(frozen=True)
class Image:
    """The program, and the address to reach it: `port` is the one inside, `%` stands for the
    password.
    """

    name: str
    port: int
    url: str
    answers: Callable[[str], bool]
    environment: tuple[str, ...] = ()
    command: tuple[str, ...] = ()


# The images that the service itself is deployed with, where it is.
IMAGES: dict[type[Server], Image] = {
    postgresql.PostgresqlServer: Image(
        name="timescale/timescaledb:2.19.3-pg17",
        port=5432,
        url="postgresql+asyncpg://app:%@",
        answers=postgresql.answers,
        environment=("POSTGRES_USER=app", "POSTGRES_PASSWORD=%"),
    ),
    rabbitmq.RabbitmqServer: Image(
        name="rabbitmq:4.2-management",
        port=5672,
        url="amqp://app:%@",
        answers=rabbitmq.answers,
        environment=(
            "RABBITMQ_DEFAULT_USER=app",
            "RABBITMQ_DEFAULT_PASS=%",
            f"RABBITMQ_ENABLED_PLUGINS={rabbitmq.HASHES}",
        ),
    ),
    redis.RedisServer: Image(
        name="redis:8.2-alpine",
        port=6379,
        url="redis://:%@",
        answers=redis.answers,
        command=("redis-server", "--requirepass", "%"),
    ),
}


class Container(Server):
    """A container that stands in for a `kind` of server, of which this is `missing`.

    Raises `Missing` where none can run.
    """

    name = "container"

    def __init__(self, kind: type[Server], missing: Missing) -> None:
        advice = f"{missing}, or set {kind.variable} to a URL that tests may write to"
        engine = find_engine()
        if engine is None or kind not in IMAGES:
            raise Missing(advice)
        self._kind = kind
        self._image = IMAGES[kind]
        if not has_image(engine, self._image.name):
            raise Missing(f"{advice}, or fetch the image {self._image.name}")
        self._engine = engine
        super().__init__()

    @classmethod
    def missing(cls, fault: str = "") -> Missing:
        return Missing(f"the container {fault}")

    @staticmethod
    def fault_at(url: str) -> str:
        raise NotImplementedError("only its kind knows")

    def fault(self) -> str:
        return self._kind.fault_at(self.url)

    @property
    def url(self) -> str:
        return f"{self._filled(self._image.url)}127.0.0.1:{self.port}/"

    def run(self) -> Process:
        image = self._image
        arguments = [f"--publish=127.0.0.1:{self.port}:{image.port}"]
        arguments += [f"--env={self._filled(line)}" for line in image.environment]
        arguments += [image.name, *map(self._filled, image.command)]
        name = f"test-{secrets.token_hex(6)}"
        command = ["sh", "-c", SCRIPT, self._engine, *arguments]
        return Process(command, self.folder, {**os.environ, "NAME": name})

    def answers(self) -> bool:
        return self._image.answers(self.url)

    def _filled(self, text: str) -> str:
        return text.replace("%", self.password)


def find_engine() -> str | None:
    """Return the program of a container engine that answers."""
    for engine in filter(None, map(shutil.which, ("docker", "podman"))):
        answer = subprocess.run([engine, "info"], check=False, capture_output=True)
        if answer.returncode == 0:
            return engine
    return None


def has_image(engine: str, name: str) -> bool:
    """Return whether the image is here already."""
    answer = subprocess.run([engine, "image", "inspect", name], check=False, capture_output=True)
    return answer.returncode == 0
