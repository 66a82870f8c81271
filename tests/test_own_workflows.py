"""This repository's own continuous integration, hooks and container."""

import json
import re
import subprocess

import pytest
import yaml

from tests.conftest import tool
from tools.service import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SESSIONS = set(
    re.findall(
        r"^@nox\.session.*\n(?:@.+\n)*def (\w+)", (ROOT / "noxfile.py").read_text(), re.MULTILINE
    )
)
HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]


def test_linters_of_workflows_find_nothing() -> None:
    assert len(WORKFLOWS) == 3
    check("actionlint", *map(str, WORKFLOWS))
    check("zizmor", "--offline", "--quiet", str(ROOT / ".github"))
    dependabot = str(ROOT / ".github" / "dependabot.yml")
    check("check-jsonschema", "--builtin-schema", "vendor.dependabot", dependabot)


def test_workflows_and_the_container_run_sessions_that_are_there() -> None:
    text = "".join(path.read_text() for path in WORKFLOWS)
    text += (ROOT / ".devcontainer" / "devcontainer.json").read_text()
    named = set(re.findall(r"\./run (\w+)|bash \.ci/run (\w+)", text))
    matrix = yaml.safe_load((ROOT / ".github" / "workflows" / "nightly.yml").read_text())
    sessions = {it for pair in named for it in pair if it}
    sessions |= {*matrix["jobs"]["versions"]["strategy"]["matrix"]["session"]}
    assert sessions >= {"lint", "docs", "lowest", "newest", "constraints"}
    assert sessions - SESSIONS == set()


def test_each_action_is_the_commit_of_a_version() -> None:
    uses = re.findall(r"uses: .*", "".join(path.read_text() for path in WORKFLOWS))
    pinned = re.compile(r"uses: actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    assert len(uses) > 5
    assert [line for line in uses if not pinned.fullmatch(line)] == []


def test_a_tag_is_made_only_after_all_tests() -> None:
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())["jobs"]
    writers = [name for name, job in jobs.items() if job["permissions"]["contents"] == "write"]
    assert writers == ["tag"]
    assert set(jobs["tag"]["needs"]) == {*jobs} - {"tag"}


def test_hooks_call_tools_of_this_repository() -> None:
    programs = {hook["entry"].split()[0] for hook in HOOKS if hook["language"] == "system"}
    assert programs == {".nox/lint/bin/ruff", ".nox/lint/bin/python", "./run"}
    assert {hook["language"] for hook in HOOKS} == {"system", "pygrep"}


@pytest.mark.parametrize(
    ("message", "is_good"),
    [
        ("feat: a thing\n", True),
        ("fix(drill)!: a thing\n\nfeat\n", True),
        ("chore(release): 0.2.0\n", True),
        ("A thing\n", False),
        ("A thing\n\nfeat: not the first line\n", False),
        ("feat:\n", False),
    ],
)
def test_hook_for_messages_follows_conventional_commits(message: str, *, is_good: bool) -> None:
    (hook,) = (hook for hook in HOOKS if hook["id"] == "message")
    assert bool(re.search(hook["entry"], message, re.MULTILINE)) == is_good


def test_the_container_has_the_packages_of_ci() -> None:
    text = (ROOT / ".devcontainer" / "devcontainer.json").read_text()
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("//")]
    command = json.loads("\n".join(lines))["onCreateCommand"]
    packages = command.partition("--no-install-recommends ")[2].split()
    ci = (ROOT / ".ci" / "run").read_text()
    assert "postgresql-17-timescaledb" in packages
    assert [name for name in packages if not re.search(rf"\b{name}\b", ci)] == []


def check(name: str, *arguments: str) -> None:
    done = subprocess.run([tool(name), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
