"""The p2p server: JSON-RPC 2.0 between peers, each known by its node id."""

from typing import Annotated

from msgspec import Meta, Struct

from chassis.bootstrap import jsonrpc
from chassis.bootstrap.access import AccessSettings
from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.environment import Environment
from chassis.bootstrap.finding import Finding
from chassis.bootstrap.lifecycle import Server
from chassis.bootstrap.limits import limits_of
from chassis.bootstrap.p2p import Way, find_identity, keep_identity, make_discovery
from chassis.bootstrap.system import System
from chassis.interfaces.p2p.address import read_addresses, read_node_ids
from chassis.interfaces.p2p.allowed_peers import AllowedPeers
from chassis.interfaces.p2p.identity import Identity
from chassis.interfaces.serving.address import reachable, url_of
from chassis.interfaces.serving.errors import StartError
from chassis.interfaces.serving.hosts import is_loopback
from chassis.interfaces.serving.listener import bind_datagrams
from chassis.interfaces.serving.meter import Meter


class P2pSettings(Struct, frozen=True, kw_only=True):
    """The server's address (port 0 means any free port), its key, and the peers that it knows.

    `p2p_allowed_peers` are node ids, and `p2p_peers` are addresses such as NODE_ID@HOST:PORT; both
    are comma-separated.
    """

    p2p_host: str = "127.0.0.1"
    p2p_port: Annotated[int, Meta(ge=0, le=65_535)] = 4001
    p2p_key: str = ""
    p2p_allowed_peers: str = ""
    p2p_peers: str = ""
    p2p_discovery: Way = "static"
    p2p_max_connections_per_peer: Annotated[int, Meta(ge=1)] = 64


SETTINGS = P2pSettings

# Its port is one of UDP.
probe = bind_datagrams


def build(system: System) -> Server:
    """Return the server, not yet started; makes its key if there is none."""
    # Loaded only if it is served: its settings are read everywhere.
    from chassis.interfaces.p2p.server import P2pServer

    settings = system.configuration.of(P2pSettings)
    meter = Meter(system.core.metrics(), "p2p")
    return P2pServer(
        jsonrpc.endpoint(system, "p2p", meter),
        keep_identity(settings.p2p_key),
        settings.p2p_host,
        settings.p2p_port,
        _allowed(system.configuration),
        make_discovery(settings.p2p_peers, settings.p2p_discovery),
        limits_of(system.settings),
        settings.p2p_max_connections_per_peer,
        meter,
    )


routes = jsonrpc.methods
documents = jsonrpc.DOCUMENTS


def problems(settings: P2pSettings) -> list[str]:
    """Return what is wrong with the settings, if anything is."""
    found = []
    for name, text, read in (
        ("P2P_KEY", settings.p2p_key, Identity.read),
        ("P2P_ALLOWED_PEERS", settings.p2p_allowed_peers, read_node_ids),
        ("P2P_PEERS", settings.p2p_peers, read_addresses),
    ):
        try:
            if text:
                read(text)
        except ValueError as error:
            found.append(f"{name} is malformed: {error}")
    return found


def identity(configuration: Configuration) -> str:
    """Return the node id of the service, for people."""
    found = find_identity(configuration.of(P2pSettings).p2p_key)
    return "none yet: serve makes one" if found is None else found.node_id


def init() -> str:
    """Return the node id, in a sentence; makes the key if there is none."""
    settings = Environment.read().load(P2pSettings)
    return f"p2p: the node id is {keep_identity(settings.p2p_key).node_id}"


def examine(configuration: Configuration) -> Finding:
    """Check the key, and which peers may connect."""
    settings = configuration.of(P2pSettings)
    about = "p2p peers"
    try:
        find_identity(settings.p2p_key)
    except StartError as error:
        return Finding(about=about, ok=False, advice=str(error))
    if settings.p2p_allowed_peers or _is_open(configuration):
        return Finding(about=about, ok=True)
    advice = (
        f"none may connect to P2P_HOST={settings.p2p_host} with AUTH=none: "
        "list node ids in P2P_ALLOWED_PEERS, or set AUTH=jwt"
    )
    return Finding(about=about, ok=True, advice=advice)


def own_url(configuration: Configuration) -> str:
    """Return the URL of this project's own server, for `send` and `tail`."""
    settings = configuration.of(P2pSettings)
    place = url_of("", reachable(settings.p2p_host), settings.p2p_port).removeprefix("://")
    return f"p2p://{keep_identity(settings.p2p_key).node_id}@{place}"


def _allowed(configuration: Configuration) -> AllowedPeers:
    listed = read_node_ids(configuration.of(P2pSettings).p2p_allowed_peers)
    return AllowedPeers(listed, is_open=_is_open(configuration))


def _is_open(configuration: Configuration) -> bool:
    """Return whether peers need not be listed: they need a token, or are of this machine."""
    has_tokens = configuration.of(AccessSettings).auth == "jwt"
    return has_tokens or is_loopback(configuration.of(P2pSettings).p2p_host)
