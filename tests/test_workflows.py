"""The continuous integration of a service: its files, and the commands of their jobs."""

import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Render, files, tool
from tests.questions import CI_FILES, QUESTIONS
from tools.releases import git
from tools.service import ROOT
from tools.updates.history import commit
from tools.workflows.jobs import GITHUB, GITLAB, Job, read_jobs

TEMPLATE = ROOT / "template"
# Answer sets of each system, with and without an image.
ON_GITHUB = pytest.mark.parametrize("name", ["defaults", "undeployed"])
ON_GITLAB = pytest.mark.parametrize("name", ["worker", "gitlab"])
ON_BOTH = pytest.mark.parametrize("name", ["defaults", "undeployed", "worker", "gitlab"])
PINNED = re.compile(r"uses: actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
# Commands that come with the machines of these systems, and with `pip install uv`.
KNOWN = {"pipx", "pip", "sh", "uv", "uvx", "docker", "echo"}


def test_every_file_of_a_system_is_there_and_none_has_no_file(render: Render) -> None:
    assert [*CI_FILES, "none"] == QUESTIONS["ci"]["choices"]
    there = {path.split("/")[0] for path in files(render("proprietary"))}
    assert there & {path for paths in CI_FILES.values() for path in paths} == set()
    assert not (render("proprietary") / "scripts" / "propose.sh").exists()


@ON_BOTH
def test_a_service_has_the_files_of_its_own_system(render: Render, name: str) -> None:
    systems = {job.system for job in read_jobs(render(name))}
    assert len(systems) == 1
    assert ((render(name) / GITLAB).exists(), (render(name) / ".github").exists()) == (
        systems == {"gitlab"},
        systems == {"github"},
    )


@ON_GITHUB
def test_linters_of_workflows_find_nothing(render: Render, name: str) -> None:
    workflows = sorted((render(name) / GITHUB).glob("*.yml"))
    assert len(workflows) == (2 if name == "undeployed" else 3)
    check("actionlint", *workflows)
    check("zizmor", "--offline", "--quiet", render(name) / ".github")
    dependabot = render(name) / ".github" / "dependabot.yml"
    check("check-jsonschema", "--builtin-schema", "vendor.dependabot", dependabot)


@ON_GITLAB
def test_pipeline_follows_the_schema(render: Render, name: str) -> None:
    check("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", render(name) / GITLAB)


def test_each_action_is_the_commit_of_a_version() -> None:
    uses = [line for _, line in workflow_lines(TEMPLATE) if "uses:" in line]
    assert len(uses) > 5
    assert [line for line in uses if not PINNED.search(line)] == []


def test_no_token_stays_in_a_checkout_and_each_job_has_limits() -> None:
    for path in sorted((TEMPLATE / GITHUB).glob("*.yml")):
        workflow = yaml.safe_load(path.read_text())
        assert workflow["permissions"] == {}
        assert workflow["concurrency"]
        for job in workflow["jobs"].values():
            assert job["permissions"]["contents"] in ("read", "write")
            assert job["timeout-minutes"] <= 30
            first = job["steps"][0]
            assert first["uses"].startswith("actions/checkout@")
            assert first["with"]["persist-credentials"] is False


@ON_BOTH
def test_commands_name_scripts_and_tasks_that_are_there(render: Render, name: str) -> None:
    project = render(name)
    tasks = tomllib.loads((project / "poe_tasks.toml").read_text())["tasks"]
    named = [command for job in read_jobs(project) for command in commands(job)]
    assert len(named) > 15
    for command in named:
        program, *arguments = command.split()
        if program == ".venv/bin/poe":
            assert arguments[0] in tasks, command
        else:
            assert program in KNOWN, command
        if program == "sh":
            assert (project / arguments[0]).is_file(), command


def test_both_systems_run_the_same(render: Render) -> None:
    github, gitlab = (list(proper(render(name))) for name in ("defaults", "worker"))
    own = {"uv lock --upgrade", "sh scripts/propose.sh dependency-update"}
    assert {it for it in gitlab if not it.startswith(tuple(own))} == {*github}


@pytest.mark.parametrize("name", ["defaults", "worker"])
def test_tests_run_on_the_servers_of_a_deployment(render: Render, name: str) -> None:
    deployed = yaml.safe_load((render(name) / "compose.yaml").read_text())["services"]
    images = {deployed[server]["image"] for server in ("database", "broker", "cache")}
    assert set(images_of(render(name))) == images


def test_tools_are_those_of_the_image(render: Render) -> None:
    paths = (f"{GITHUB}/ci.yml", "Dockerfile", ".devcontainer/devcontainer.json")
    found = [re.findall(r"uv>=[\d.,<]+", (render("defaults") / path).read_text()) for path in paths]
    group = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["run"]
    assert all(found)
    assert {it for each in found for it in each} <= {*group}


def test_unknown_versions_are_refused(render: Render) -> None:
    script = render("defaults") / "scripts" / "install.sh"
    done = subprocess.run(["sh", script, "old"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "install.sh: unknown versions: old. Use tested, newest or lowest.\n"


def test_a_change_is_pushed_as_a_branch_and_the_token_is_not_in_its_command(
    tmp_path: Path,
) -> None:
    remote, project = tmp_path / "remote.git", tmp_path / "project"
    git(tmp_path, "init", "--quiet", "--bare", str(remote))
    git(remote, "config", "receive.advertisePushOptions", "true")
    git(tmp_path, "init", "--quiet", "--initial-branch=main", str(project))
    commit(project, "made")
    settings = {"CI_PROJECT_URL": f"file://{tmp_path}/remote", "UPDATE_TOKEN": "secret"}

    assert propose(project, settings | {"GIT_TRACE": "1"}) == "Nothing has changed.\n"
    (project / "new.txt").write_text("new\n")
    assert propose(project, settings | {"GIT_TRACE": str(tmp_path / "trace")}) == ""

    assert git(remote, "log", "-1", "--format=%s", "template-update") == "chore: news\n"
    assert git(remote, "show", "template-update:new.txt") == "new\n"
    assert "secret" not in (tmp_path / "trace").read_text()


def propose(project: Path, settings: dict[str, str]) -> str:
    others = {name: value for name, value in os.environ.items() if name != "GITHUB_ACTIONS"}
    script = str(TEMPLATE / "scripts" / "propose.sh")
    command = ["sh", script, "template-update", "chore: news"]
    return subprocess.check_output(command, cwd=project, env=others | settings, text=True)


def workflow_lines(project: Path) -> Iterator[tuple[str, str]]:
    for path in sorted((project / GITHUB).glob("*.yml")):
        for line in path.read_text().splitlines():
            yield path.name, line


def proper(project: Path) -> Iterator[str]:
    """Yield the commands of all jobs, without those that prepare a machine."""
    prepares = ("pip", "sh scripts/install.sh", "docker context", "docker buildx create")
    logs_in = ("echo", "docker login")
    for job in read_jobs(project):
        for step in job.steps:
            if not step.command.startswith((*prepares, *logs_in)):
                tag = r"\$\{(GITHUB_REF_NAME|CI_COMMIT_TAG)#v\}|\$(CI_REGISTRY_)?IMAGE\b"
                yield re.sub(tag, "TAG", step.command)


def images_of(project: Path) -> Iterator[str]:
    if (project / GITLAB).exists():
        jobs: dict[str, Any] = yaml.safe_load((project / GITLAB).read_text())
        yield from (service["name"] for service in jobs["test"]["services"])
    else:
        workflow = yaml.safe_load((project / GITHUB / "ci.yml").read_text())
        services = workflow["jobs"]["test"]["services"]
        yield from (service["image"] for service in services.values())


def check(name: str, *arguments: str | Path) -> None:
    command = [tool(name), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_jobs_are_read_with_the_values_of_their_matrix(render: Render) -> None:
    for name in ("defaults", "worker"):
        jobs = [job for job in read_jobs(render(name)) if ".venv/bin/poe test" in commands(job)]
        assert [installs(job) for job in jobs] == ["tested", "newest", "lowest"]
        jobs = [job for job in read_jobs(render(name)) if ".venv/bin/poe check" in commands(job)]
        assert [installs(job) for job in jobs] == ["tested", "newest"]


def commands(job: Job) -> list[str]:
    return [step.command for step in job.steps]


def installs(job: Job) -> str:
    (step,) = (it for it in job.steps if it.command == 'sh scripts/install.sh "$VERSIONS"')
    return step.environment["VERSIONS"]
