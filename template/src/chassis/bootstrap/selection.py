"""The roles and servers to run: the requested ones, checked against the available ones."""

from collections.abc import Sequence

from chassis.bootstrap import discovery
from chassis.bootstrap.settings import CoreSettings

WORKER = "worker"


class SelectionError(Exception):
    """The requested roles or servers cannot run; the text says which can."""


def select_roles(settings: CoreSettings, asked: Sequence[str] | None = None) -> list[str]:
    """Return the roles to run, by default all; raises `SelectionError`."""
    roles = _select("role", asked, discovery.role_names())
    alone = len({"producer", "consumer"} & {*roles}) == 1
    if alone and settings.broker_url.startswith("memory:"):
        both = ", or run both roles" if len(discovery.role_names()) > 1 else ""
        raise SelectionError(
            f"the {roles[0]} alone cannot use BROKER_URL=memory://, which joins a producer and a "
            f"consumer in one process: set BROKER_URL to a broker that both reach{both}"
        )
    return roles


def select_servers(asked: Sequence[str] | None = None, roles: Sequence[str] = ()) -> list[str]:
    """Return the servers to run, by default all; raises `SelectionError`.

    A worker alone, as `roles` may say, has none by default.
    """
    if not asked and list(roles) == [WORKER]:
        return []
    return _select("server", asked, discovery.server_names())


def as_roles(
    roles: Sequence[str] | None, servers: Sequence[str] | None
) -> tuple[Sequence[str] | None, Sequence[str] | None]:
    """Return the requested roles and servers; `--server worker` is the role without servers.

    Raises `SelectionError` if it comes with another role or server.
    """
    if WORKER not in (servers or ()):
        return roles, servers
    if {*(servers or ())} != {WORKER} or {*(roles or ())} - {WORKER}:
        raise SelectionError(
            "--server worker is a worker without any server: give no other server and no other "
            "role, or name the roles with --role"
        )
    return [WORKER], None


def _select(kind: str, asked: Sequence[str] | None, known: list[str]) -> list[str]:
    for name in asked or ():
        if name not in known:
            choice = f"choose from {', '.join(known)}" if known else "it was generated without any"
            raise SelectionError(f"there is no {kind} {name} here: {choice}")
    return list(dict.fromkeys(asked or known))
