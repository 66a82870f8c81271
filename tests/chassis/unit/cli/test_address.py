from pathlib import Path

import pytest

from chassis.bootstrap import discovery
from chassis.cli.address import own_url


@pytest.mark.parametrize(
    ("host", "place"),
    (
        ("127.0.0.1", "127.0.0.1"),
        ("service.example.com", "service.example.com"),
        ("0.0.0.0", "127.0.0.1"),
        ("::", "[::1]"),
        ("2001:db8::1", "[2001:db8::1]"),
    ),
)
def test_it_is_where_the_service_can_be_reached(
    host: str, place: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Away from a developer's own settings.
    monkeypatch.chdir(tmp_path)
    for name in discovery.server_names():
        monkeypatch.setenv(f"{name.upper()}_HOST", host)
        monkeypatch.setenv(f"{name.upper()}_PORT", "4711")

    scheme, _, rest = own_url().partition("://")

    assert scheme in discovery.server_names()
    assert rest == f"{place}:4711"
