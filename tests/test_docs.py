import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest

from tests.conftest import Render
from tests.pages import commands
from tests.questions import QUESTIONS
from tests.terminal import Terminals, wait_for
from tools.chassis import add_chassis_tests, add_order_tests
from tools.recipes import read_recipes
from tools.required import program
from tools.service import ROOT, Service, environment, install, install_without_uv

DOCS = ROOT / "docs"
SOURCES = ROOT / "template" / "src"
COMMANDS = [SOURCES / name / "cli" / "commands" for name in ("app", "chassis")]
GIT = ["git", "-c", "user.name=Shallot", "-c", "user.email=shallot@example.invalid"]

# A script for a service's own Python: it imports each module that names metrics.
METRICS = """
import importlib, json, pathlib
from chassis.application.ports.metrics import Counter, Gauge, Histogram

found = {}
for path in pathlib.Path("src").rglob("*.py"):
    if "from chassis.application.ports.metrics import" in path.read_text("utf-8"):
        name = ".".join(path.relative_to("src").with_suffix("").parts)
        for value in vars(importlib.import_module(name)).values():
            if isinstance(value, Counter | Gauge | Histogram):
                full_name = value.name + "_total" * isinstance(value, Counter)
                found[full_name] = [type(value).__name__.lower(), *value.labels]
print(json.dumps(found))
"""

# By recipe, what git says of each file that it touched: `M` or `??`.
Changes = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def full(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Service:
    """Return an installed project with all parts that the reference describes."""
    project = tmp_path_factory.mktemp("full") / "project"
    shutil.copytree(render("full"), project)
    installed = Service(project)
    install(installed)
    return installed


@pytest.fixture(scope="module")
def service(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Service:
    """Return a project with every transport, installed without uv, with everything committed."""
    project = tmp_path_factory.mktemp("docs") / "project"
    shutil.copytree(render("full"), project)
    installed = Service(project)
    install_without_uv(installed, "--group", "dev")
    subprocess.run([*GIT, "init", "--quiet"], cwd=project, check=True)
    commit(project)
    return installed


@pytest.fixture(scope="module")
def untouched(full: Service) -> dict[str, Any]:
    """Return the project's own description, before the tests add to it."""
    return {
        **printed(full, "describe", "--json"),
        "openapi": openapi(full),
        "metrics": metrics(full),
    }


@pytest.fixture(scope="module")
def changes(service: Service) -> Changes:
    """Do what the guide says, recipe by recipe; return what that touched."""
    found = {}
    for heading, steps in read_recipes(service.path).items():
        for step in steps:
            step.do(service.path, own_commands(service))
        status = [*GIT, "status", "--porcelain", "--untracked-files=all"]
        lines = subprocess.check_output(status, cwd=service.path, text=True).splitlines()
        found[heading] = {line[3:]: line[:2].strip() for line in lines}
        commit(service.path)
    return found


def test_field_edits_three_files_and_brings_a_migration(changes: Changes) -> None:
    assert list(changes["Add a field"].values()) == ["M", "M", "M", "??"]
    assert sorted(changes["Add a field"]) == [
        "migrations/versions/app/app_0008_notification_priority.py",
        "src/app/application/notification/messages.py",
        "src/app/domain/notification/notification.py",
        "src/app/infrastructure/notification/table.py",
    ]


def test_field_of_a_proto_file_edits_that_and_the_mapping(changes: Changes) -> None:
    touched = changes["Add a field to a proto file"]
    generated = "src/app/interfaces/grpc/generated/notifications/v1/notifications_pb2"
    assert touched == {
        "proto/notifications/v1/notifications.proto": "M",
        f"{generated}.py": "M",
        f"{generated}.pyi": "M",
        "src/app/interfaces/grpc/notification/mapping.py": "M",
    }


def test_all_else_edits_no_file_of_the_template(changes: Changes) -> None:
    edited = {
        heading: [path for path, how in touched.items() if how != "??"]
        for heading, touched in changes.items()
        if not heading.startswith("Add a field")
    }
    # An earlier recipe has brought that one.
    assert edited.pop("Add a setting") == ["src/app/bootstrap/own/unseen.py"]
    assert edited.pop("Run a job at a time of day") == ["src/app/bootstrap/own/unseen_job.py"]
    # One line: which version is published.
    mapping = "src/app/application/notification/mapping.py"
    assert edited.pop("Publish a second version of an event") == [mapping]
    assert edited == {
        "Add a use case": [],
        "Add an aggregate": [],
        "Add an adapter": [],
        "Add a job": [],
        "Add an actor": [],
        "Add a durable job": [],
        "Add a command": [],
        "Ingest an event": [],
        "Add a route": [],
        "Add the routes of an aggregate": [],
        "Add a method": [],
        "Call a peer": [],
        "Add the methods of an aggregate": [],
        "Add a service": [],
        "Ask over QUIC": [],
        "A second aggregate, streamed": [],
        "Add the routes of a streamed aggregate": [],
        "Add the methods of a streamed aggregate": [],
        "Add the service of a streamed aggregate": [],
    }


def test_project_with_all_recipes_passes_its_check_and_tests(
    service: Service, changes: Changes
) -> None:
    add_chassis_tests(service)
    add_order_tests(service)
    assert service.run("poe", "check") == 0
    own = [path for touched in changes.values() for path in touched if "/test_" in path]
    # Tests that know a field, a command or a setting: the rest is the same in any service.
    told = ["tests/unit", "tests/contract", "tests/integration", "tests/e2e/both/test_path.py"]
    chassis = ["unit/bootstrap", "unit/domain", "unit/infrastructure/wire"]
    chassis += ["contract/test_codec.py"]
    chassis += ["unit/infrastructure/database", "integration/http/test_schema.py"]
    chassis += ["integration/test_migrations.py", "integration/test_migrations_own.py"]
    chassis += ["integration/postgresql/test_migrations.py", "contract/database/test_orders.py"]
    # With both aggregates: what every transport must do, and how a stream comes through. The
    # notification's own suite runs with the tests of the chassis.
    chassis += ["e2e/test_commands.py", "conformance/orders", "e2e/both/test_crash.py"]
    told += [f"tests/chassis/{name}" for name in chassis]
    assert len(own) == 16
    assert service.run("poe", "test", "--quiet", *own, *told) == 0


def test_new_field_is_told_of(service: Service, changes: Changes) -> None:
    schemas = openapi(service)["components"]["schemas"]
    for name in ("NewNotification", "Notification"):
        assert "priority" in schemas[name]["properties"]


@pytest.mark.needs(program("curl"))
def test_tutorial_works_as_it_is_written(template: Path, tmp_path: Path) -> None:
    (tmp_path / "shallot").symlink_to(template)
    logs, printed = [], ""
    with Terminals(tmp_path) as terminals:
        for stays, text in commands(DOCS / "tutorial.md", tmp_path / "my-service"):
            if stays:
                logs.append(terminals.start(text))
            else:
                printed += terminals.run(text)
        _, stream, _ = logs
        wait_for(stream, '"action_type":"invited"')
    assert re.match(r"id: \S+\n\n", stream.read_text())
    assert "HTTP/1.1 202 Accepted" in printed
    assert '"total":2' in printed
    assert printed.count('{"count":2}') == 1


def test_answers_are_those_of_the_template() -> None:
    assert [name for names, *_ in rows("answers", "answer") for name in quoted(names)] == [
        *QUESTIONS
    ]


def test_settings_are_those_of_the_service(untouched: dict[str, Any]) -> None:
    documented: dict[str, str] = {}
    for names, defaults, *_ in rows("settings", "setting"):
        given = [default.replace("<project_slug>", "my-service") for default in quoted(defaults)]
        # Nothing, where the cell is empty.
        documented |= zip(quoted(names), given or [""], strict=True)
    assert documented == {name: str(value) for name, value in untouched["settings"].items()}


def test_commands_are_those_of_the_service() -> None:
    documented = {quoted(name)[0].split()[0] for name, _ in rows("commands", "command")}
    there = {module.name.replace("_", "-") for module in iter_modules(map(str, COMMANDS))}
    assert documented == there


def test_routes_are_those_of_the_service(untouched: dict[str, Any]) -> None:
    offered = {
        f"{method.upper()} {path}"
        for path, item in untouched["openapi"]["paths"].items()
        for method in item
    }
    documented = {quoted(route)[0] for route, _ in rows("http", "route")}
    assert documented - {"GET /schema"} == offered


def test_metrics_are_those_of_the_service(untouched: dict[str, Any]) -> None:
    documented = {
        quoted(name)[0]: [kind, *quoted(labels)]
        for name, kind, labels, *_ in rows("metrics", "metric", every=True)
    }
    assert documented == untouched["metrics"]


def rows(page: str, heading: str, *, every: bool = False) -> Iterator[list[str]]:
    """Yield the cells of each row in the first table, or every, whose first column is `heading`."""
    text = (DOCS / "reference" / f"{page}.md").read_text()
    tables = re.findall(rf"^\| {heading} \|.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert tables
    for line in "".join(tables if every else tables[:1]).splitlines():
        yield [cell.strip() for cell in line.removeprefix("|").removesuffix("|").split("|")]


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def openapi(service: Service) -> dict[str, Any]:
    return printed(service, "export", "openapi")


def metrics(service: Service) -> dict[str, list[str]]:
    """Return the type and the labels of each metric that the code names, by its full name."""
    command = [service.command("python"), "-c", METRICS]
    done = subprocess.check_output(command, cwd=service.path, env=environment())
    return dict(json.loads(done))


def printed(service: Service, *arguments: str) -> dict[str, Any]:
    """Return what one of the service's own commands prints as JSON."""
    command = [service.command(service.slug), *arguments]
    done = subprocess.check_output(command, cwd=service.path, env=environment())
    return dict(json.loads(done))


def own_commands(service: Service) -> dict[str, str]:
    """Return an environment where the project's own commands come first."""
    first = str(Path(service.command("python")).parent)
    return {**environment(), "PATH": os.pathsep.join([first, os.environ["PATH"]])}


def commit(project: Path) -> None:
    subprocess.run([*GIT, "add", "--all"], cwd=project, check=True)
    subprocess.run([*GIT, "commit", "--quiet", "--message", "a step"], cwd=project, check=True)
