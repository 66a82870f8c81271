"""From a database URL to its dialect, which is imported only when it is chosen."""

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from chassis.infrastructure.database.dialect import Dialect
from chassis.infrastructure.secrets.login import RenewableLogin

EXAMPLE = "sqlite+aiosqlite:///var/app.db or postgresql+asyncpg://USER:PASSWORD@HOST:5432/NAME"
CONNECTIONS = 10
# Seconds in which new connections wait for a password that has changed in one place only: on the
# server, or in its file.
LOGIN_TIMEOUT = 5.0


def dialect_for(url: str, connections: int = CONNECTIONS) -> Dialect:
    """Return the dialect for `url`, with nothing opened yet.

    `connections` bounds the connections to a server; a file gets as many as serve it well.

    Raises `ValueError`, with a sentence that never shows a password, if there is none.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ValueError(f"the database URL cannot be read; write it as {EXAMPLE}") from None
    match parsed.drivername:
        case "sqlite+aiosqlite":
            from chassis.infrastructure.database.sqlite import Sqlite

            return Sqlite(parsed)
        case "postgresql+asyncpg":
            from chassis.infrastructure.database.postgresql import Postgresql

            return Postgresql(parsed, connections, RenewableLogin(url, LOGIN_TIMEOUT))
        case "postgres" | "postgresql" | "postgresql+psycopg" | "postgresql+psycopg2" as scheme:
            raise ValueError(f"write postgresql+asyncpg:// in place of {scheme}://")
        case scheme:
            raise ValueError(f"there is no database for the scheme {scheme}; try {EXAMPLE}")
