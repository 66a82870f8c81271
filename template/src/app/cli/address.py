"""Where the service of this project is to be found."""

from app.bootstrap import discovery
from app.bootstrap.configuration import Configuration


def own_url() -> str:
    """Return the URL of this project's http server under its settings."""
    settings = Configuration.read().of(discovery.server("http").Settings)
    return f"http://{settings.http_host}:{settings.http_port}"
