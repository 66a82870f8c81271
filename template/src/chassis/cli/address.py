"""The address of this project's service."""

from chassis.bootstrap import discovery
from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.tls import TlsSettings, make_tls
from chassis.cli.failure import UsageError
from chassis.interfaces.serving.address import reachable, url_of

# The first transport that the project has is used.
PREFERRED = ("http", "grpc", "tcp")


def own_url() -> str:
    """Return the URL of this project's own service under its settings; raises `UsageError`."""
    there = discovery.server_names()
    for name in PREFERRED:
        kind = discovery.settings_of(discovery.server(name)) if name in there else None
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
