"""A standby of a PostgreSQL: asynchronous, so that it may lack the last commits."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.servers.postgresql import PostgresqlServer
from tests.servers.server import PAUSE, TIMEOUT


class PostgresqlStandby(PostgresqlServer):
    """Follows `primary` from its start until `detach`; then it may `take_over`."""

    deeds = (*PostgresqlServer.deeds, "detach", "take_over")

    def __init__(self, primary: PostgresqlServer) -> None:
        super().__init__()
        self.password = primary.password
        self._primary = primary

    @classmethod
    @contextmanager
    def of(cls, primary: PostgresqlServer) -> Iterator["PostgresqlStandby"]:
        """Run a standby of `primary`, which runs too."""
        standby = cls(primary)
        try:
            standby.start()
            yield standby
        finally:
            standby.close()

    def level(self) -> None:
        """Wait until it has replayed all that the primary has written by now."""
        [(written,)] = self._primary.databases.sql("SELECT pg_current_wal_lsn()::text")
        replayed = f"SELECT pg_last_wal_replay_lsn() >= '{written}'"
        end = time.monotonic() + TIMEOUT
        while self.databases.sql(replayed) != [(True,)]:
            if time.monotonic() > end:
                raise RuntimeError("the standby does not catch up")
            time.sleep(PAUSE)

    def detach(self) -> None:
        """Receive nothing more of the primary, once it has all that is there now."""
        self.level()
        self.databases.sql("ALTER SYSTEM SET primary_conninfo = ''")
        self.databases.sql("SELECT pg_reload_conf()")

    def take_over(self) -> None:
        """Take the place of the primary, which does not run any more, at its address."""
        self.stop()
        self.port = self._primary.port
        self._configure()
        self.start()
        self.databases.sql("SELECT pg_promote()")

    def _make(self) -> None:
        self._own(self.folder)
        self._call(
            "pg_basebackup",
            f"--dbname=postgresql://app:{self.password}@127.0.0.1:{self._primary.port}",
            f"--pgdata={self._data}",
            "--write-recovery-conf",
            "--checkpoint=fast",
            "--no-sync",
        )
        self._configure()
