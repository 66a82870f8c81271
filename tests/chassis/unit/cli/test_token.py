"""The scopes of a token, with an aggregate of the user's own and the notification."""

from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import jwt
import pytest
from dependency_injector import containers, providers

from chassis.application.message import Message
from chassis.bootstrap import discovery
from chassis.cli.commands import token
from chassis.cli.failure import UsageError

KEY = "Zq3v7Lw9Xc1Bn5Mk8Jh2Gf6Ds4Ap0QrT"
# Only a producer handles messages that write.
OWN = ["notifications:read", *(["notifications:write"] * ("producer" in discovery.role_names()))]


class Ship(Message[None], frozen=True):
    """Ship an order."""

    scope: ClassVar[str] = "orders:ship"


class Recount(Message[None], frozen=True):
    """Count everything again: for administrators."""


class Container(containers.DeclarativeContainer):
    """Two more use cases."""

    core = providers.DependenciesContainer()
    handlers = providers.Dict(
        {Ship: providers.Object(None).provider, Recount: providers.Object(None).provider}
    )


@pytest.fixture(autouse=True)
def notifications_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A project without another aggregate, `bootstrap/own` and `.env`, and a secret that signs."""
    every = discovery.aggregates

    def notification(part: str) -> list[ModuleType]:
        return [module for module in every(part) if ".notification." in module.__name__]

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUTH_JWT_KEY", KEY)
    monkeypatch.setattr(discovery, "own", list)
    monkeypatch.setattr(discovery, "aggregates", notification)


@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module in `bootstrap/own`."""
    module = ModuleType("orders")
    vars(module)["Container"] = Container
    monkeypatch.setattr(discovery, "own", lambda: [module])


def claims(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Return what the printed token says."""
    return jwt.decode(capsys.readouterr().out.strip(), KEY, algorithms=["HS256"])


def test_by_default_a_token_has_every_scope_but_the_administrators(
    capsys: pytest.CaptureFixture[str],
) -> None:
    token.command("ada")

    assert claims(capsys)["scope"].split() == OWN


def test_the_scopes_of_an_own_aggregate_are_among_them(
    orders: None, capsys: pytest.CaptureFixture[str]
) -> None:
    token.command("ada")

    assert claims(capsys)["scope"].split() == [*OWN, "orders:ship"]


@pytest.mark.parametrize("scope", ("orders:ship", "notifications:read", "notifications:admin"))
def test_a_token_may_have_any_scope_that_the_service_declares(
    orders: None, capsys: pytest.CaptureFixture[str], scope: str
) -> None:
    token.command("ada", scope=[scope])

    assert claims(capsys)["scope"] == scope


def test_a_scope_that_no_message_declares_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UsageError) as caught:
        token.command("ada", scope=["notifications:read", "orders:ship"])

    assert str(caught.value) == (
        f"there is no scope orders:ship: choose from {', '.join(OWN)}, notifications:admin"
    )
