"""Connections to PostgreSQL, on which every wait has a timeout."""

from typing import Any

import asyncpg
import msgspec
from sqlalchemy import AsyncAdaptedQueuePool, ExceptionContext, NullPool, event, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from chassis.infrastructure.database.errors import away
from chassis.infrastructure.database.postgresql_errors import reason_without_answer
from chassis.infrastructure.secrets.login import RenewableLogin
from chassis.infrastructure.urls import cleared

CONNECT_TIMEOUT = 5.0
# The server ends a statement that takes too long; the client gives up on a silent server.
STATEMENT_TIMEOUT = 10.0
COMMAND_TIMEOUT = 12.0
# The server ends a frozen transaction before those that wait for its locks give up.
IDLE_TIMEOUT = 4.0
LOCK_TIMEOUT = 8.0
MIGRATION_LOCK_TIMEOUT = 60.0

# The version of the login that a connection was opened with, in the pool's data about it.
_LOGIN = "login"


def open_pool(login: RenewableLogin, where: str, size: int, timeout: float) -> AsyncEngine:
    """Return an engine for the service: `size` connections that keep its time limits.

    `where` names the database in errors. The error is `Unavailable` if no connection can be made,
    or no answer comes. A connection of an earlier login ends when it is free, once a newer one has
    worked.
    """
    limits = {
        "statement_timeout": STATEMENT_TIMEOUT,
        "lock_timeout": LOCK_TIMEOUT,
        "idle_in_transaction_session_timeout": IDLE_TIMEOUT,
    }
    engine = _open(
        login,
        where,
        limits,
        command_timeout=COMMAND_TIMEOUT,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=size,
        max_overflow=0,
        pool_timeout=timeout,
        pool_use_lifo=True,
    )

    @event.listens_for(engine.sync_engine, "checkout")
    def replace_closed(connection: Any, *_: Any) -> None:
        # The driver notices if the server disconnects, so a ping at each use tells no more.
        if connection.driver_connection.is_closed():
            raise DisconnectionError

    if login.may_change:

        @event.listens_for(engine.sync_engine, "connect")
        def remember_login(_: Any, record: Any) -> None:
            record.info[_LOGIN] = login.version

        @event.listens_for(engine.sync_engine, "checkout")
        def replace_outdated(_: Any, record: Any, __: Any) -> None:
            if login.is_outdated(record.info[_LOGIN]):
                raise DisconnectionError

    return engine


def open_for_migrations(login: RenewableLogin, where: str) -> AsyncEngine:
    """Return an engine without a pool, whose statements may take their time."""
    limits = {
        "statement_timeout": 0.0,
        "lock_timeout": MIGRATION_LOCK_TIMEOUT,
        "idle_in_transaction_session_timeout": 0.0,
    }
    return _open(login, where, limits, command_timeout=None, poolclass=NullPool)


def open_for_locks(
    login: RenewableLogin, where: str, session: float, answer: float, lock: float
) -> AsyncEngine:
    """Return an engine without a pool, for one session that is never in a transaction.

    The server ends it after `session` seconds without a statement; the client gives up on a server
    that has not answered one within `answer` seconds. A statement waits for at most `lock` seconds
    for the locks of rows.
    """
    limits = {"idle_session_timeout": session, "lock_timeout": lock}
    engine = _open(login, where, limits, command_timeout=answer, poolclass=NullPool)
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def _open(
    login: RenewableLogin,
    where: str,
    limits: dict[str, float],
    command_timeout: float | None,
    **pool: Any,
) -> AsyncEngine:
    # As settings of the connection, so that the server keeps them when this process cannot.
    settings = {name: f"{seconds:g}s" for name, seconds in limits.items()}
    settings["application_name"] = "app"
    # From the sixth use on, the server might choose one plan for all values, that is for every
    # chunk.
    settings["plan_cache_mode"] = "force_custom_plan"

    async def connect() -> asyncpg.Connection:
        async def open_with(url: str) -> asyncpg.Connection:
            return await asyncpg.connect(
                # In libpq's form.
                make_url(url).set(drivername="postgresql").render_as_string(hide_password=False),
                timeout=CONNECT_TIMEOUT,
                command_timeout=command_timeout,
                server_settings=settings,
            )

        try:
            return await login.connect(open_with, _is_refusal)
        except (OSError, asyncpg.InterfaceError) as error:
            raise away(cleared(reason_without_answer(error, where), login.newest())) from error

    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        json_serializer=_to_json,
        json_deserializer=msgspec.json.decode,
        hide_parameters=True,
        **pool,
    )

    @event.listens_for(engine.sync_engine, "handle_error")
    def give_up(context: ExceptionContext) -> None:
        error = context.original_exception
        if isinstance(error, OSError):
            # A late answer would be taken for that of the next statement.
            context.is_disconnect = True
            raise away(cleared(reason_without_answer(error, where), login.url)) from error

    return engine


def _is_refusal(error: Exception) -> bool:
    return isinstance(error, asyncpg.InvalidAuthorizationSpecificationError)


def _to_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
