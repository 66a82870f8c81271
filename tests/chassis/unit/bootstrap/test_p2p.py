import stat
from pathlib import Path

import pytest

from chassis.bootstrap import p2p
from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.environment import Environment, SettingsError
from chassis.bootstrap.p2p import find_identity, keep_identity
from chassis.bootstrap.secret_files import write_new
from chassis.bootstrap.servers.p2p import P2pSettings, examine, identity, own_url
from chassis.interfaces.p2p.identity import Identity
from chassis.interfaces.serving.errors import StartError

ADA = "a" * 64


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(**settings: str) -> Configuration:
    return Configuration.read(Environment(settings))


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "var" / "p2p.key"
    assert find_identity("", file) is None
    made = keep_identity("", file)

    assert keep_identity("", file).node_id == made.node_id
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [path.name for path in file.parent.iterdir()] == ["p2p.key"]


def test_a_key_of_the_settings_needs_no_file(tmp_path: Path) -> None:
    own = Identity.new()
    assert keep_identity(own.text).node_id == own.node_id
    assert not (tmp_path / "var").exists()


def test_two_processes_that_begin_together_have_one_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "var" / "p2p.key"
    first: list[Identity] = []
    write = write_new

    def late(path: Path, text: str, *, mode: int) -> None:
        monkeypatch.setattr(p2p, "write_new", write)
        first.append(keep_identity("", file))
        write(path, text, mode=mode)

    monkeypatch.setattr(p2p, "write_new", late)
    assert keep_identity("", file).node_id == first[0].node_id


def test_a_file_that_holds_no_key_is_told(tmp_path: Path) -> None:
    file = tmp_path / "p2p.key"
    file.write_text("secret text")
    with pytest.raises(StartError, match="holds no private key: restore it, or remove it") as told:
        keep_identity("", file)
    assert "secret" not in str(told.value).replace(str(file), "")


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("no folder")
    with pytest.raises(StartError, match=r"var/p2p\.key cannot be read"):
        keep_identity("")


@pytest.mark.parametrize(
    ("name", "value"),
    (
        ("P2P_KEY", "a secret"),
        ("P2P_ALLOWED_PEERS", "ada"),
        ("P2P_ALLOWED_PEERS", f"{ADA},x"),
        ("P2P_PEERS", ADA),
        ("P2P_PEERS", f"{ADA}@host:port"),
        ("P2P_DISCOVERY", "dht"),
        ("P2P_MAX_CONNECTIONS_PER_PEER", "0"),
    ),
)
def test_a_malformed_setting_is_named_without_its_value(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as told:
        read(**{name: value})
    [problem] = told.value.problems
    assert problem.startswith(f"{name} is malformed: ")
    assert value not in problem


@pytest.mark.parametrize(
    ("settings", "is_open"),
    (
        ({}, True),
        ({"P2P_HOST": "0.0.0.0"}, False),
        ({"P2P_HOST": "0.0.0.0", "P2P_ALLOWED_PEERS": ADA}, True),
        ({"P2P_HOST": "0.0.0.0", "AUTH": "jwt", "AUTH_JWT_KEY": "k" * 32}, True),
    ),
)
def test_doctor_tells_if_no_peer_may_connect(settings: dict[str, str], is_open: bool) -> None:
    finding = examine(read(**settings))
    assert finding.ok
    assert ("none may connect" in finding.advice) is not is_open


def test_describe_makes_no_key(tmp_path: Path) -> None:
    assert identity(read()) == "none yet: serve makes one"
    assert not (tmp_path / "var").exists()
    own = Identity.new()
    assert identity(read(P2P_KEY=own.text)) == own.node_id


def test_the_commands_find_their_own_service() -> None:
    own = Identity.new()
    configuration = read(P2P_KEY=own.text, P2P_HOST="::", P2P_PORT="4242")
    assert own_url(configuration) == f"p2p://{own.node_id}@[::1]:4242"
    assert configuration.of(P2pSettings).p2p_discovery == "static"
