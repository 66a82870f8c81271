import pytest

from chassis.infrastructure.urls import HIDDEN, cleared, place_of

URL = "https://ada:pass%2Fword@issuer.example:8443/keys?token=t0ken%20two&page=1"


@pytest.mark.parametrize(
    ("url", "place"),
    (
        (URL, "issuer.example:8443"),
        ("https://token@issuer.example/secret/path", "issuer.example"),
        ("redis://:password@[::1]:6379/0", "[::1]:6379"),
        ("https://ada:password@host:passwordtoo/", HIDDEN),
        ("https://ada:password@h\u2100st/", HIDDEN),
        ("https://[::1/?password", HIDDEN),
    ),
)
def test_a_place_is_a_host_and_a_port(url: str, place: str) -> None:
    assert place_of(url) == place


@pytest.mark.parametrize(
    ("text", "told"),
    (
        (f"404 for url {URL}", "404 for url issuer.example:8443"),
        ("login ada:pass%2Fword is refused", f"login {HIDDEN} is refused"),
        ("the password pass/word is wrong", f"the password {HIDDEN} is wrong"),
        ("GET /keys?token=t0ken%20two&page=1", f"GET /keys?{HIDDEN}"),
        ("unknown command AUTH, with t0ken two", f"unknown command AUTH, with {HIDDEN}"),
        ("page 1 of issuer.example", "page 1 of issuer.example"),
    ),
)
def test_what_a_library_says_is_cleared_of_secrets(text: str, told: str) -> None:
    assert cleared(text, URL) == told


def test_a_user_without_a_password_is_a_token() -> None:
    assert cleared("tok3n and user", "https://tok3n@host/") == f"{HIDDEN} and user"
    assert cleared("user is refused", "https://user:password@host/") == "user is refused"


def test_a_password_may_hold_what_ought_to_be_encoded() -> None:
    assert cleared("pass?word@ is wrong", "amqp://ada:pass?word@@host/v") == f"{HIDDEN} is wrong"
