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
            return f"{scheme}://{getattr(server, f'{name}_host')}:{getattr(server, f'{name}_port')}"
    raise UsageError("this service has no transport that send and tail speak: name one with --via")
