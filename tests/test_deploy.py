import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Render, files, tool
from tests.matrix import CASES
from tests.questions import COMPUTED, DEPLOY_FILES, QUESTIONS, TRANSPORT_SECRETS
from tools.service import ROOT

TEMPLATE = ROOT / "template"
EXAMPLES = sorted(files(TEMPLATE / "deploy" / "compose" / "secrets.example"))
SERVERS = {"database", "broker", "cache"}
TOOLS = {"adminer", "cloudbeaver", "portainer", "docker-api"}
# Their images need it, which `compose.yaml` explains.
WRITES = {"cloudbeaver": ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"]}
ROOT_USERS = {"portainer", "docker-api"}
BY_CASE = pytest.mark.parametrize("name", CASES)


@pytest.mark.parametrize("way", QUESTIONS["deploy"]["choices"].values())
def test_every_file_of_a_way_is_there(way: str) -> None:
    missing = [
        path
        for path in DEPLOY_FILES[way]
        if not (TEMPLATE / path).exists() and not (TEMPLATE / f"{path}.jinja").exists()
    ]
    assert missing == []
    assert list(DEPLOY_FILES) == list(QUESTIONS["deploy"]["choices"].values())


def test_without_a_way_its_files_are_left_out_and_no_more(render: Render) -> None:
    missing = files(render("defaults")) - files(render("undeployed"))
    # The last two are kept with any way.
    shared = (*COMPUTED["image_files"]["default"], "deploy/monitoring", "docs/runbooks")
    owned = {path for path in missing if path.startswith((*DEPLOY_FILES["compose"], *shared))}
    assert missing == owned
    assert owned >= {"Dockerfile", ".dockerignore", "compose.yaml", "deploy/compose/redis.conf"}


@BY_CASE
def test_linter_of_dockerfiles_finds_nothing(render: Render, name: str) -> None:
    check("hadolint", render(name) / "Dockerfile")


@BY_CASE
def test_compose_file_follows_the_specification(render: Render, name: str) -> None:
    schema = ("--builtin-schema", "vendor.compose-spec")
    check("check-jsonschema", *schema, render(name) / "compose.yaml")


@BY_CASE
def test_roles_can_be_run_apart_where_there_are_several(render: Render, name: str) -> None:
    roles: Any = CASES[name].get("roles", ["producer", "consumer"])
    apart = profile(render(name), "apart")
    assert apart == (set() if roles == [name] else {*roles})


@BY_CASE
def test_only_this_machine_reaches_a_port_and_none_is_given_twice(
    render: Render, name: str
) -> None:
    ports = [port for it in services(render(name)).values() for port in it.get("ports", [])]
    form = re.compile(r"127\.0\.0\.1:\$\{([A-Z0-9_]+):-(\d+)\}:\d+(/udp)?")
    published = [found.groups() for found in map(form.fullmatch, ports) if found]
    least = 2 if CASES[name].get("transports") == [] else 3
    assert len(published) == len(set(published)) == len(ports) >= least
    # A transport may have its number for TCP and for UDP.
    names, numbers = ({port[place] for port in published} for place in (0, 1))
    assert len(names) == len(numbers) == len({port[:2] for port in published})


@BY_CASE
def test_each_container_is_held_in_bounds(render: Render, name: str) -> None:
    for container, service in services(render(name)).items():
        assert service["read_only"] is (container not in WRITES)
        assert service["cap_drop"] == ["ALL"]
        assert service.get("cap_add", []) == WRITES.get(container, [])
        # The service's own image names its user.
        built, started_as_root = "build" in service, container in WRITES
        assert built or started_as_root or service["user"]
        assert (service.get("user") == "root") == (container in ROOT_USERS)
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
        assert service["pids_limit"] > 0
        # Any other takes its mode from a folder of the image, where root alone may write.
        assert all(it == "/tmp" or it.endswith(":mode=1777") for it in service["tmpfs"])
        assert service["logging"]["options"].keys() == {"max-size", "max-file"}


@BY_CASE
def test_service_starts_on_healthy_servers_and_a_migrated_database(
    render: Render, name: str
) -> None:
    found = services(render(name))
    after = {server: {"condition": "service_healthy"} for server in SERVERS}
    migrated = {"migrate": {"condition": "service_completed_successfully"}}
    assert found["app"]["depends_on"] == {**after, **migrated}
    assert found["migrate"]["depends_on"] == {"database": after["database"]}
    assert found["migrate"]["restart"] == "no"
    assert all(found[server]["healthcheck"]["test"] for server in SERVERS)


def test_images_of_servers_are_of_one_version_and_from_no_named_host(render: Render) -> None:
    found = services(render("defaults")).values()
    images = [service["image"] for service in found if "build" not in service]
    assert len(images) >= len(SERVERS | TOOLS)
    assert all(re.fullmatch(r"([a-z]+/)?[a-z-]+:v?\d+\.\d+[\w.-]*", image) for image in images)


@BY_CASE
def test_each_container_says_whether_it_is_healthy(render: Render, name: str) -> None:
    for container, service in services(render(name)).items():
        if container in ("migrate", "collector"):
            # The first one ends, and the image of the other one has no program that could ask.
            assert service["healthcheck"] == {"disable": True}
        elif "build" in service:
            # The image has its own.
            assert "healthcheck" not in service
        else:
            assert service["healthcheck"].keys() >= {"test", "interval", "timeout", "retries"}


@BY_CASE
def test_servers_are_on_networks_that_lead_nowhere_else(render: Render, name: str) -> None:
    project = render(name)
    inside = {name for name, it in compose(project)["networks"].items() if it}
    assert all(compose(project)["networks"][name] == {"internal": True} for name in inside)
    networks = {it: set(service["networks"]) for it, service in services(project).items()}
    assert networks["database"] == {"back", "data"} <= inside
    assert networks["cache"] == networks["migrate"] == {"back"}
    # An internal network publishes no port.
    for it, service in services(project).items():
        assert bool(service.get("ports")) == bool(networks[it] - inside)


@BY_CASE
def test_tools_reach_only_what_they_show(render: Render, name: str) -> None:
    project = render(name)
    found = services(project)
    assert profile(project, "admin") == TOOLS
    reached = {
        tool: {it for it in found if it != tool and shared(found[it], found[tool])}
        for tool in TOOLS
    }
    published = TOOLS - {"docker-api"}
    assert reached["adminer"] - published == reached["cloudbeaver"] - published == {"database"}
    assert reached["portainer"] - published == {"docker-api"}
    assert reached["docker-api"] == {"portainer"}
    with_socket = {it for it in found if "docker.sock" in str(found[it].get("volumes"))}
    assert with_socket == {"docker-api"}


@pytest.mark.parametrize("name", ["defaults", "full"])
def test_secrets_are_made_by_init_and_seen_by_neither_git_nor_a_build(
    render: Render, name: str
) -> None:
    project = render(name)
    declared = compose(project)["secrets"].values()
    # `full` has every transport, and `defaults` none that needs a secret.
    others = {it for found in TRANSPORT_SECRETS.values() for it in found if name == "defaults"}
    own = [it for it in EXAMPLES if it not in others]
    assert {it["file"] for it in declared} == {f"deploy/compose/secrets/{it}" for it in own}
    assert all("<secret:" in example(project, name) for name in own)
    assert "/deploy/*/secrets/" in (project / ".gitignore").read_text().splitlines()
    _, everything, *seen = (project / ".dockerignore").read_text().splitlines()
    assert everything == "*"
    assert [line for line in seen if re.search(r"deploy|\.env|\*$|!/?$", line)] == []


@BY_CASE
def test_each_container_is_given_the_secrets_that_it_reads(render: Render, name: str) -> None:
    project = render(name)
    for service in services(project).values():
        mounted = [volume.split(":")[0] for volume in service.get("volumes", [])]
        own = [project / path for path in mounted if path.startswith("./")]
        paths = [it for path in own for it in ([path] if path.is_file() else path.rglob("*"))]
        texts = [path.read_text() for path in paths if path.is_file()]
        reads = set(re.findall(r"/run/secrets/([\w.]+)", "".join([str(service), *texts])))
        given = service.get("secrets", [])
        # The rest is put in the server's default place.
        assert {name for name in given if isinstance(name, str)} == reads
        assert all(it["target"].endswith(".conf") for it in given if isinstance(it, dict))


def test_passwords_are_the_same_on_both_sides(render: Render) -> None:
    for server, url in (
        ("database_password", "database_url"),
        ("broker_user.conf", "broker_url"),
        ("cache_auth.conf", "cache_url"),
    ):
        (secret,) = re.findall(r"<secret:\w+>", example(render("defaults"), server))
        assert secret in example(render("defaults"), url)


def profile(project: Path, name: str) -> set[str]:
    return {it for it, found in services(project).items() if name in found.get("profiles", [])}


def shared(one: dict[str, Any], other: dict[str, Any]) -> set[str]:
    return {*one["networks"]} & {*other["networks"]}


def compose(project: Path) -> dict[str, Any]:
    return dict(yaml.safe_load((project / "compose.yaml").read_text()))


def services(project: Path) -> dict[str, dict[str, Any]]:
    return dict(compose(project)["services"])


def example(project: Path, name: str) -> str:
    return (project / "deploy" / "compose" / "secrets.example" / name).read_text()


def check(name: str, *arguments: str | Path) -> None:
    command = [tool(name), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
