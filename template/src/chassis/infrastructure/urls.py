"""The part of a URL that may be shown: its host, and none of its secrets."""

from urllib.parse import parse_qsl, unquote, urlsplit

HIDDEN = "***"
# Shorter values are hidden only in URLs: in a sentence they could be parts of words.
SHORTEST = 4


def place_of(url: str) -> str:
    """Return the host of `url`, with its port if it names one; nothing else of it.

    A path may be a secret, too, as that of a webhook is.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        # Its text has the part that is wrong, which may be a password.
        return HIDDEN
    host = f"[{host}]" if ":" in host else host
    return host if port is None else f"{host}:{port}"


def cleared(text: str, url: str) -> str:
    """Return `text`, which a library wrote about `url`, without the secrets of the URL.

    Libraries quote their arguments: the whole URL, its query, or the password alone.
    """
    text = text.replace(url, place_of(url))
    for secret in sorted(_secrets(url), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def _secrets(url: str) -> set[str]:
    """Return password, query and its values, each as written and decoded.

    A user without a password is a token.
    """
    before, _, query = url.partition("?")
    found = {query, *(value for _, value in parse_qsl(query))}
    # A password that is not encoded may itself hold a question mark.
    for part in (before, url):
        login, at, _ = part.partition("://")[2].rpartition("@")
        if at:
            user, _, password = login.partition(":")
            found |= {login, password or user}
    found |= {unquote(secret) for secret in found}
    return {secret for secret in found if len(secret) >= SHORTEST}


def without_login(url: str) -> str:
    """Return `url` without its user and its password."""
    login = _login(url)
    return url.replace(f"{login}@", "", 1) if login is not None else url


def login_in(url: str) -> tuple[str, str]:
    """Return the user and the password of `url`, as they are written; empty without them."""
    user, _, password = (_login(url) or "").partition(":")
    return user, password


def _login(url: str) -> str | None:
    rest = url.partition("://")[2]
    before = rest.partition("?")[0]
    # A password that is not encoded may itself hold any of /, ? and @.
    login, at, _ = (before if "@" in before else rest).rpartition("@")
    return login if at else None
