import pytest

from chassis.bootstrap import discovery
from chassis.bootstrap.selection import SelectionError, as_roles, select_roles, select_servers
from chassis.bootstrap.settings import CoreSettings

EMBEDDED = CoreSettings()
DISTRIBUTED = CoreSettings(broker_url="amqp://localhost")


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "role_names", lambda: ["consumer", "producer", "worker"])
    monkeypatch.setattr(discovery, "server_names", lambda: ["http", "tcp"])


def test_all_roles_and_servers_run_by_default() -> None:
    assert select_roles(EMBEDDED) == ["consumer", "producer", "worker"]
    assert select_servers() == ["http", "tcp"]


def test_what_is_asked_for_runs_once_and_in_that_order() -> None:
    assert select_roles(EMBEDDED, ["producer", "consumer", "producer"]) == ["producer", "consumer"]
    assert select_servers(["tcp", "tcp"]) == ["tcp"]


@pytest.mark.parametrize("role", ("producer", "consumer", "worker"))
def test_a_role_runs_alone_on_a_broker_that_others_reach(role: str) -> None:
    assert select_roles(DISTRIBUTED, [role]) == [role]


@pytest.mark.parametrize("roles", (["producer"], ["consumer"], ["worker", "consumer"]))
def test_one_side_alone_cannot_use_the_memory_broker(roles: list[str]) -> None:
    with pytest.raises(SelectionError, match="set BROKER_URL") as caught:
        select_roles(EMBEDDED, roles)

    assert roles[-1] in str(caught.value)


def test_a_worker_alone_needs_no_broker() -> None:
    assert select_roles(EMBEDDED, ["worker"]) == ["worker"]


def test_what_is_not_there_is_refused_with_what_is() -> None:
    with pytest.raises(
        SelectionError, match="no role cook here: choose from consumer, producer, w"
    ):
        select_roles(EMBEDDED, ["producer", "cook"])
    with pytest.raises(SelectionError, match="no server ops here: choose from http, tcp"):
        select_servers(["ops"])


def test_a_worker_alone_has_no_server_unless_one_is_named() -> None:
    assert select_servers(None, ["worker"]) == []
    assert select_servers(["http"], ["worker"]) == ["http"]
    assert select_servers(None, ["worker", "producer"]) == ["http", "tcp"]


@pytest.mark.parametrize("roles", (None, ["worker"]))
def test_the_server_worker_is_the_role_without_servers(roles: list[str] | None) -> None:
    asked, servers = as_roles(roles, ["worker"])
    assert select_roles(EMBEDDED, asked) == ["worker"]
    assert select_servers(servers, ["worker"]) == []


def test_any_other_server_leaves_roles_and_servers_as_they_are() -> None:
    assert as_roles(["producer"], ["tcp"]) == (["producer"], ["tcp"])
    assert as_roles(None, None) == (None, None)


@pytest.mark.parametrize(
    ("roles", "servers"), ((None, ["worker", "http"]), (["producer"], ["worker"]))
)
def test_the_server_worker_comes_alone(roles: list[str] | None, servers: list[str]) -> None:
    with pytest.raises(SelectionError, match="--server worker is a worker without any server"):
        as_roles(roles, servers)


def test_a_service_without_transports_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "server_names", list)
    assert select_servers() == []
    with pytest.raises(SelectionError, match="no server http here: it was generated without any"):
        select_servers(["http"])
