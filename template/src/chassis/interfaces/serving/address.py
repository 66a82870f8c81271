"""The URL of a server."""


def url_of(scheme: str, host: str, port: int, *, tls: bool = False) -> str:
    """Return the URL; over TLS its scheme ends in an `s`, as `send` and `tail` take it."""
    return f"{scheme}{'s' if tls else ''}://{_bracketed(host)}:{port}"


def reachable(host: str) -> str:
    """Return an address of this machine that reaches a server which listens on `host`."""
    return {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
