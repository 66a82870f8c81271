"""`deploy/server/backup` and `restore`, on real servers; a drill has more rows, and WAL."""

import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import make_url

from chassis.application.failures import Failures
from chassis.application.ports.dead_letter_queue import DeadLetterMessage
from tests.chassis.e2e.test_dead_letters_rabbitmq import opened
from tests.chassis.integration.rabbitmq.control import environment
from tests.servers.databases import Databases
from tests.servers.missing import Missing, give_up
from tests.servers.rabbitmq import RabbitmqServer
from tests.unit.support import dead_lettered_in

SCRIPTS = Path.cwd() / "deploy" / "server"
TIMEOUT = 240.0
FILL = """
    INSERT INTO notifications
        (id, registered_at, receiver, action_type, action_data, fired_at, is_seen)
    SELECT gen_random_uuid(), time, 'ж', 'filled', '{"n": 1}', time, false
    FROM generate_series(now() - interval '9 days', now(), interval '1 day') AS time
"""


@dataclass
class Server:
    """A machine with the service's settings, and backups in `backups`."""

    etc: Path
    backups: Path
    variables: dict[str, str]

    def run(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(SCRIPTS / script), *arguments],
            env=self.variables,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )

    def done(self, script: str, *arguments: str) -> str:
        ended = self.run(script, *arguments)
        assert ended.returncode == 0, ended
        return ended.stdout

    def failed(self, script: str, *arguments: str) -> str:
        ended = self.run(script, *arguments)
        assert ended.returncode == 1, ended
        return ended.stderr

    def newest(self) -> Path:
        return max(self.backups.glob("*Z"))


type Machine = Callable[[str, RabbitmqServer | None], Server]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Return a function that makes a machine with this database, and this RabbitMQ or none."""
    if shutil.which("pg_dump") is None:
        give_up(Missing("lacks pg_dump (apt-get install postgresql-client)"))
    backups = tmp_path / "backups"

    def make(url: str, rabbitmq: RabbitmqServer | None = None) -> Server:
        address = make_url(url)
        etc = tmp_path / f"etc-{address.database}"
        etc.mkdir()
        broker_url = rabbitmq.url if rabbitmq else "memory://"
        settings = {"DATABASE_URL": url, "BROKER_URL": broker_url, "RETRY_DELAYS": "'1, 2'"}
        lines = [f"{name}={value}" for name, value in settings.items()]
        (etc / "env").write_text("\n".join(["# A comment", *lines, ""]))
        (etc / "backup").write_text(f"BACKUPS={backups}\nKEEP=2\nSERVICE_USER=\nJOBS=2\n")
        passwords = etc / "pgpass"
        passwords.write_text(f"*:*:*:*:{address.password}\n")
        passwords.chmod(0o600)
        variables = {
            **(environment(rabbitmq) if rabbitmq else {}),
            "ETC": str(etc),
            "PGHOST": str(address.host),
            "PGPORT": str(address.port),
            "PGUSER": str(address.username),
            "PGPASSFILE": str(passwords),
            "PATH": f"/usr/lib/rabbitmq/bin:{os.environ['PATH']}",
        }
        return Server(etc, backups, variables)

    return make


def contents(postgresql: Databases, url: str) -> list[tuple[object, ...]]:
    """Return all that a restore must bring back; the epoch is a new one."""
    database = make_url(url).database
    assert database
    tables = ("notifications", "journal", "idempotency_keys", "outbox", "alembic_version")
    return [
        row
        for table in tables
        for row in postgresql.sql(f"SELECT t::text FROM {table} AS t ORDER BY 1", database)
    ]


async def test_backup_is_restored_into_an_empty_database_and_broker(
    machine: Machine,
    database_url: str,
    empty_database_url: str,
    postgresql: Databases,
    own_rabbitmq: RabbitmqServer,
) -> None:
    database, empty = (str(make_url(url).database) for url in (database_url, empty_database_url))
    postgresql.sql(FILL, database)
    (epoch,) = postgresql.sql("SELECT epoch FROM journal_epoch", database)
    before = machine(database_url, own_rabbitmq)
    broker_settings = {"BROKER_URL": own_rabbitmq.url, "DATABASE_URL": database_url}
    async with opened(broker_settings) as broker:
        await broker.dead_letters.add(b"\xff", "undecodable: ж", Failures(3))
        letters = await dead_lettered_in(broker.dead_letters)

    assert "dump" in before.done("backup")
    backup = before.newest()
    assert before.done("backup", "verify") == f"{backup} is whole\n"
    manifest = (backup / "manifest").read_text()
    assert "\nrows public.notifications 10 " in manifest
    assert {oct(stat.S_IMODE(path.stat().st_mode) & 0o7) for path in backup.rglob("*")} == {"0o0"}
    password = make_url(database_url).password
    assert password
    assert password not in manifest

    after = machine(empty_database_url, own_rabbitmq)
    own_rabbitmq.stop()
    shutil.rmtree(own_rabbitmq.folder / "data")
    own_rabbitmq.start()
    told = after.done("restore")
    assert "notifications: 10 rows, as in the backup" in told
    assert "the new epoch: " in told
    assert contents(postgresql, empty_database_url) == contents(postgresql, database_url)
    assert postgresql.sql("SELECT epoch FROM journal_epoch", empty) != [epoch]
    async with opened(broker_settings) as broker:
        found = await dead_lettered_in(broker.dead_letters)
    assert [*map(without_id, found)] == [*map(without_id, letters)]
    kept = [name for (name,) in postgresql.sql("SELECT datname FROM pg_database")]
    for name in [name for name in kept if name.startswith(f"{empty}_before_")]:
        postgresql.drop(name)


def test_damage_is_found_and_the_oldest_backups_are_removed(
    machine: Machine, database_url: str, postgresql: Databases
) -> None:
    server = machine(database_url, None)
    with (server.etc / "backup").open("a") as file:
        file.write("HOOK=/bin/false\n")
    assert "is whole, but /bin/false failed" in server.failed("backup")
    (first,) = server.backups.glob("*Z")
    with (server.etc / "backup").open("a") as file:
        file.write("HOOK=\n")
    (server.backups / ".part-interrupted").mkdir()
    for _ in range(2):
        server.done("backup")
    assert len([*server.backups.glob("*Z")]) == 2
    assert not first.exists()
    assert not [*server.backups.glob(".part-*")]

    newest = server.newest()
    victim = max((newest / "database" / "dump").iterdir(), key=lambda path: path.stat().st_size)
    whole = victim.read_bytes()
    victim.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    told = f"error: {newest} is damaged: {victim.relative_to(newest)}\n"
    assert server.failed("backup", "verify") == told
    assert server.failed("restore") == told
    victim.write_bytes(whole)
    (newest / "more").touch()
    assert "missing or added: more" in server.failed("backup", "verify", newest.name)
    (newest / "more").unlink()
    manifest = newest / "manifest"
    manifest.write_text(manifest.read_text().replace("backup 1\n", "backup 2\n"))
    assert "manifest is damaged" in server.failed("backup", "verify")
    database = make_url(database_url).database
    assert postgresql.sql(f"SELECT 1 FROM pg_database WHERE datname = '{database}'") == [(1,)]


@pytest.mark.parametrize(
    ("call", "told"),
    (
        (("backup", "verify"), "there is no backup in "),
        (("backup", "mend"), "say: backup, backup list, "),
        (("restore",), "there is no backup in "),
        (("restore", "--at", "yesterday-ish"), "--at needs a time"),
        (("restore", "--at", "2026-01-01"), "there is no base backup from before 2026-01-01"),
        (("restore", "--force"), "say: restore "),
    ),
)
def test_wrong_calls(
    tmp_path: Path, postgresql: Databases, call: tuple[str, ...], told: str
) -> None:
    (tmp_path / "env").write_text(f"DATABASE_URL={postgresql.url('app')}\n")
    (tmp_path / "backup").write_text(f"BACKUPS={tmp_path}\nSERVICE_USER=\n")
    server = Server(tmp_path, tmp_path, {**os.environ, "ETC": str(tmp_path), "PGHOST": "none"})
    stderr = server.failed(*call)
    assert stderr.startswith("error: ")
    assert told in stderr
    assert stderr.count("\n") == 1


def without_id(message: DeadLetterMessage) -> tuple[object, ...]:
    return (message.dead_lettered_at, message.body, message.reason, message.failures)
