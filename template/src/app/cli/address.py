"""Where the service of this project is to be found."""

from app.bootstrap import discovery
from app.bootstrap.configuration import Configuration
from app.bootstrap.tls import Settings, make_tls
from app.cli.failure import UsageError

# The first that is there is the one that is asked.
PREFERRED = ("http", "grpc", "tcp")


def own_url() -> str:
    """Return the URL of this project's own service under its settings; raises `UsageError`."""
    there = discovery.server_names()
    for name in PREFERRED:
        if name in there:
            configuration = Configuration.read()
            server = configuration.of(discovery.server(name).Settings)
            mode = getattr(server, f"{name}_tls")
            scheme = f"{name}s" if make_tls(configuration.of(Settings), mode) else name
            host = _reachable(getattr(server, f"{name}_host"))
            return f"{scheme}://{host}:{getattr(server, f'{name}_port')}"
    raise UsageError("this service has no transport that send and tail speak: name one with --via")


def _reachable(host: str) -> str:
    """Return what a URL has for it: an address of this machine where it listens on all of them."""
    if host in ("", "0.0.0.0"):
        return "127.0.0.1"
    if host == "::":
        host = "::1"
    return f"[{host}]" if ":" in host else host
