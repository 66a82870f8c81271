import pytest
from msgspec import Struct

from chassis.bootstrap.tls import Mode, TlsSettings, make_tls, problems

BOTH = TlsSettings(tls_certificate="a.crt", tls_private_key="a.key")


class Server(Struct):
    web_host: str = "0.0.0.0"
    web_tls: Mode = "auto"


class Ops(Struct):
    ops_host: str = "0.0.0.0"


def told(
    settings: TlsSettings, *servers: tuple[str, Struct], in_production: bool = True
) -> list[str]:
    return problems(settings, servers, in_production=in_production)


def test_certificate_and_key_go_together() -> None:
    for settings in (TlsSettings(tls_certificate="a"), TlsSettings(tls_private_key="a")):
        assert told(settings) == [
            "TLS_CERTIFICATE and TLS_PRIVATE_KEY go together: set both, or neither"
        ]
    assert told(TlsSettings(tls_client_ca="a"))[0].startswith(
        "TLS_CLIENT_CA also needs TLS_CERTIFICATE"
    )
    assert told(BOTH) == []


@pytest.mark.parametrize(
    ("settings", "server"),
    (
        (BOTH, Server()),
        (TlsSettings(), Server(web_tls="proxy")),
        (TlsSettings(), Server(web_host="127.0.0.1")),
        (TlsSettings(), Server(web_host="localhost", web_tls="off")),
    ),
)
def test_what_is_safe_is_served_in_production(settings: TlsSettings, server: Server) -> None:
    assert told(settings, ("web", server)) == []


@pytest.mark.parametrize(
    ("settings", "server"),
    (
        (TlsSettings(), Server()),
        (TlsSettings(), Server(web_host="10.0.0.7")),
        (BOTH, Server(web_tls="off")),
    ),
)
def test_plain_text_for_others_is_not(settings: TlsSettings, server: Server) -> None:
    (found,) = told(settings, ("web", server))

    assert found.startswith("ENVIRONMENT=production serves nothing in plain text on WEB_HOST=")
    assert "WEB_TLS=proxy" in found
    assert told(settings, ("web", server), in_production=False) == []


def test_the_ops_port_has_no_such_setting() -> None:
    assert told(TlsSettings(), ("ops", Ops())) == []


def test_a_server_has_tls_where_there_is_a_certificate_and_it_is_not_turned_off() -> None:
    assert make_tls(BOTH, "auto") is not None
    assert (
        make_tls(BOTH, "off") is make_tls(BOTH, "proxy") is make_tls(TlsSettings(), "auto") is None
    )
