from pathlib import Path
from types import ModuleType

import pytest
from msgspec import Struct

import app.bootstrap
import chassis.bootstrap.roles
import chassis.interfaces
from chassis.bootstrap import discovery
from chassis.bootstrap.project import LeftOut, Project


def leave_out(monkeypatch: pytest.MonkeyPatch, roles: list[str], transports: list[str]) -> None:
    project = Project("slug", "Name", "What it does.", LeftOut(roles, transports))
    monkeypatch.setattr(discovery, "read_project", lambda: project)


def test_nothing_is_left_of_what_was_not_chosen() -> None:
    assert discovery.leftovers() == []


def test_a_role_that_is_not_chosen_any_more_is_no_role(monkeypatch: pytest.MonkeyPatch) -> None:
    first, *others = discovery.role_names()

    leave_out(monkeypatch, [first], [])

    assert discovery.role_names() == others
    assert discovery.leftovers() == [Path(chassis.bootstrap.roles.__path__[0], f"{first}.py")]


def test_a_transport_that_is_not_chosen_any_more_is_no_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, *others = discovery.server_names()

    leave_out(monkeypatch, [], [first, "never-there"])

    assert discovery.server_names() == others
    assert list(discovery.servers()) == ["ops", *others]
    assert Path(chassis.interfaces.__path__[0], first) in discovery.leftovers()


def test_bytecode_of_a_dropped_transport_is_no_leftover(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(chassis.interfaces, "__path__", [str(tmp_path)])
    compiled = tmp_path / "carrier" / "notification" / "__pycache__" / "routes.cpython-313.pyc"
    compiled.parent.mkdir(parents=True)
    compiled.touch()
    leave_out(monkeypatch, [], ["carrier"])
    assert discovery.leftovers() == []

    (tmp_path / "carrier" / "notification" / "own.py").touch()

    assert discovery.leftovers() == [tmp_path / "carrier"]


def test_a_role_of_the_users_own_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "archivist.py").touch()
    monkeypatch.setattr(chassis.bootstrap.roles, "__path__", [str(tmp_path)])

    assert discovery.role_names() == ["archivist"]


def test_an_aggregate_takes_part_in_the_roles_that_it_has_a_module_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # No service has aggregates of these names: what is imported already is not looked for.
    for name, parts in (("planted", ("every_role", "producer")), ("planted_too", ("consumer",))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
        for part in parts:
            (tmp_path / name / f"{part}.py").write_text(f"NAME = {name!r}")
    (tmp_path / "plain.py").touch()
    monkeypatch.setattr(app.bootstrap, "__path__", [str(tmp_path)])

    found = {
        part: [module.NAME for module in discovery.aggregates(part)]
        for part in ("every_role", "producer", "consumer", "never")
    }

    assert found == {
        "every_role": ["planted"],
        "producer": ["planted"],
        "consumer": ["planted_too"],
        "never": [],
    }


def test_every_part_of_an_aggregate_has_a_container() -> None:
    parts = [
        module
        for part in ("every_role", *discovery.role_names())
        for module in discovery.aggregates(part)
    ]

    assert parts
    assert all(hasattr(module, "Container") for module in parts)


class Own(Struct, frozen=True):
    """Settings of a module."""


@pytest.mark.parametrize("name", ("SETTINGS", "Settings"))
def test_settings_of_a_module_are_found_by_either_name(name: str) -> None:
    module = ModuleType("own")
    assert discovery.settings_of(module) is None

    setattr(module, name, Own)

    assert discovery.settings_of(module) is Own


def test_each_server_declares_settings_of_its_own() -> None:
    kinds = [discovery.settings_of(module) for module in discovery.servers().values()]

    assert None not in kinds
    assert len({kind.__name__ for kind in kinds if kind}) == len(discovery.servers())


def test_the_package_of_the_chassis_has_all_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    left_out = LeftOut(["consumer"], [discovery.server_names()[0]])
    project = Project("slug", "Name", "What it does.", left_out, chassis="package")
    monkeypatch.setattr(discovery, "read_project", lambda: project)
    monkeypatch.setattr(discovery, "service_folder", lambda: Path("nowhere"))

    assert discovery.leftovers() == []
