"""The meaning of PostgreSQL's errors for the operator.

The codes: https://www.postgresql.org/docs/17/errcodes-appendix.html
"""

import socket

from sqlalchemy.exc import DBAPIError

NOT_LOADED = (
    "has TimescaleDB, but has not loaded it: add timescaledb to the server's "
    "shared_preload_libraries, and restart the server"
)

_BEHIND = "is behind the code: run migrate"
_LOGIN = "refuses the login: correct the user and the password in DATABASE_URL"
_LATER = "try again"

_REASONS = {
    "28000": _LOGIN,
    "28P01": _LOGIN,
    "3D000": "does not exist: create it, or correct its name in DATABASE_URL",
    "42P01": _BEHIND,
    "42703": _BEHIND,
    "53100": "cannot grow: the disk is full",
    "53200": "is out of memory or locks: raise its max_locks_per_transaction, or lower RETENTION",
    "53300": "has no connection left: lower DATABASE_CONNECTIONS or raise its max_connections",
    "57P01": "is shutting down",
    "57P02": "has crashed and recovers",
    "57P03": "is starting up or shutting down",
    "57P05": "has closed an idle connection",
    "57014": f"took too long and was stopped: {_LATER}",
    "55P03": f"is busy: a lock did not become free in time, {_LATER}",
    "25P03": "has ended a transaction that was idle for too long",
    "40001": f"had a deadlock of two transactions: {_LATER}",
    "40P01": f"had a deadlock of two transactions: {_LATER}",
    "25006": "is read-only: set DATABASE_URL to the primary",
}
_FORBIDDEN = "42501"
# The server disconnects with these words, and with the code of a lost connection.
_MUST_BE_LOADED = 'extension "timescaledb" must be preloaded'
# Whole classes: connection exceptions, and faults of the server instead of the statement, from a
# failing disk to a damaged index.
_LOST = "08"
_AT_FAULT = ("53", "57", "58", "XX")


def reason_for(error: DBAPIError, where: str) -> str | None:
    """Return what `error` says of the database `where`, or `None` if it is no outage."""
    code = getattr(error.orig, "sqlstate", None) or ""
    if _MUST_BE_LOADED in str(error.orig):
        return f"the database {where} {NOT_LOADED}"
    if code == _FORBIDDEN:
        return (
            f"the database {where} refuses this user ({error.orig}): grant it the privileges, or "
            "set DATABASE_URL to a user that has them"
        )
    if code in _REASONS:
        return f"the database {where} {_REASONS[code]}"
    if code.startswith(_AT_FAULT):
        return f"the database {where} fails (SQLSTATE {code}): its log says why"
    if error.connection_invalidated or code.startswith(_LOST):
        return f"the connection to the database {where} was lost"
    return None


def reason_without_answer(error: Exception, where: str) -> str:
    """Return why the database `where` was not reached, or did not answer."""
    match error:
        case TimeoutError():
            what = "does not answer in time"
        case ConnectionRefusedError():
            what = "refuses connections: is it running there?"
        case socket.gaierror():
            what = "is not found: correct the host in DATABASE_URL"
        case _:
            what = f"cannot be reached ({error}): is DATABASE_URL right?"
    return f"the database {where} {what}"
