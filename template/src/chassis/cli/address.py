"""The address of this project's service."""

from chassis.bootstrap import discovery
from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.tls import TlsSettings, make_tls
from chassis.cli.failure import UsageError
from chassis.interfaces.serving.address import reachable, url_of

# The first transport that the project has is used.
PREFERRED = ("http", "grpc", "tcp", "quic", "webrtc", "p2p")


def own_url() -> str:
    """Return the URL of this project's own service under its settings; raises `UsageError`."""
    there = discovery.server_names()
    for name in PREFERRED:
        if name not in there:
            continue
        module = discovery.server(name)
        if hasattr(module, "own_url"):
            url: str = module.own_url(Configuration.read())
            return url
        kind = discovery.settings_of(module)
        if kind is not None:
            configuration = Configuration.read()
            server = configuration.of(kind)
            mode = getattr(server, f"{name}_tls")
            tls = make_tls(configuration.of(TlsSettings), mode)
            host = reachable(getattr(server, f"{name}_host"))
            return url_of(name, host, getattr(server, f"{name}_port"), tls=tls is not None)
    raise UsageError(
        "this service has no transport for send and tail: name another service with --via"
    )
