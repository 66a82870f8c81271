"""The service that `fastapi_template` (PyPI) generates, with PostgreSQL and RabbitMQ.

It is generated on the spot, without examples, and runs as its own `python -m` runs it: one process.
All that is added is one route, `peers/fastapi_template/notifications.py`.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from benchmarks.peer import PROGRAMS
from tools.service import UV, Service, environment, make_environment, pip_install

PACKAGE = "fastapi-template==6.1.2"
NAME = "peer"
EXCHANGE = "generated"
PATH = "/api/notifications"
COMMAND = ("python", "-m", NAME)
PORT = "PEER_PORT"
PACKAGES = ("fastapi", "starlette", "uvicorn", "sqlalchemy", "asyncpg", "aio-pika", "pydantic")

ANSWERS = (
    *("--name", NAME, "--api-type", "rest", "--db", "postgresql", "--orm", "sqlalchemy"),
    *("--ci", "none", "--rabbit", "--quiet"),
)
ROUTER = """

from peer.web.api.notifications import router  # noqa: E402

api_router.include_router(router)
"""


def generate(folder: Path) -> Service:
    """Generate the project in `folder`, and add the route."""
    folder.mkdir(parents=True)
    make_environment(folder / ".venv")
    generator = Service(folder)
    pip_install(generator, PACKAGE)
    subprocess.run(
        [generator.command("fastapi_template"), *ANSWERS],
        cwd=folder,
        env=_with_tools(),
        stdout=subprocess.DEVNULL,
        check=True,
    )
    api = folder / NAME / NAME / "web" / "api"
    shutil.copy(PROGRAMS / "fastapi_template" / "notifications.py", api)
    router = api / "router.py"
    router.write_text(router.read_text() + ROUTER)
    return Service(folder / NAME)


def settings(servers: Mapping[str, str]) -> dict[str, str]:
    """Return the project's settings, from those of one of our sides; it logs no requests."""
    database, broker = (urlsplit(servers[name]) for name in ("DATABASE_URL", "BROKER_URL"))
    return {
        "PEER_HOST": "127.0.0.1",
        "PEER_LOG_LEVEL": "WARNING",
        "PEER_DB_HOST": str(database.hostname),
        "PEER_DB_PORT": str(database.port),
        "PEER_DB_USER": unquote(database.username or ""),
        "PEER_DB_PASS": unquote(database.password or ""),
        "PEER_DB_BASE": database.path.removeprefix("/"),
        "PEER_RABBIT_HOST": str(broker.hostname),
        "PEER_RABBIT_PORT": str(broker.port),
        "PEER_RABBIT_USER": unquote(broker.username or ""),
        "PEER_RABBIT_PASS": unquote(broker.password or ""),
        "PEER_RABBIT_VHOST": unquote(broker.path.removeprefix("/")) or "/",
    }


def _with_tools() -> dict[str, str]:
    """Return an environment for its hooks, which run uv and make a first commit."""
    who = {"NAME": "bench", "EMAIL": "bench@example.com"}
    roles = [(role, part) for role in ("AUTHOR", "COMMITTER") for part in who]
    identity = {f"GIT_{role}_{part}": who[part] for role, part in roles}
    found = shutil.which(UV)
    folder = [str(Path(found).parent)] if found else []
    path = os.pathsep.join([*folder, os.environ.get("PATH", os.defpath)])
    return {**environment(), **identity, "PATH": path}
