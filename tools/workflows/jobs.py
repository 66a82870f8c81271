"""The jobs of a service's continuous integration, and the commands of each."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import yaml

GITHUB = ".github/workflows"
GITLAB = ".gitlab-ci.yml"
# Keys of GitLab's file that are no jobs.
GLOBAL = {"workflow", "stages", "default", "variables", "include"}
_EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")

Environment = Mapping[str, str]


@dataclass(frozen=True)
class Step:
    """One entry of `run` or `script`, and its own variables."""

    command: str
    environment: Environment


@dataclass(frozen=True)
class Job:
    """A job with one set of values of its matrix, which are part of its name."""

    system: str
    name: str
    steps: tuple[Step, ...]


def read_jobs(project: Path) -> list[Job]:
    """Return the jobs of all systems that a project has."""
    workflows = sorted((project / GITHUB).glob("*.yml"))
    found = [job for path in workflows for job in github_jobs(path)]
    return [*found, *(gitlab_jobs(project / GITLAB) if (project / GITLAB).exists() else ())]


def github_jobs(path: Path) -> Iterator[Job]:
    """Yield the jobs of one workflow."""
    for key, job in yaml.safe_load(path.read_text())["jobs"].items():
        matrix = {
            name: values if isinstance(values, list) else nightly(values)
            for name, values in job.get("strategy", {}).get("matrix", {}).items()
        }
        for values in combinations(matrix):
            steps = (
                Step(
                    evaluate(step["run"], values),
                    {
                        name: evaluate(str(value), values)
                        for name, value in (job.get("env", {}) | step.get("env", {})).items()
                    },
                )
                for step in job["steps"]
                if "run" in step
            )
            yield Job("github", named(f"{path.stem}: {key}", values), tuple(steps))


def gitlab_jobs(path: Path) -> Iterator[Job]:
    """Yield the jobs of GitLab's file; a name with a dot in front is a part of other jobs."""
    read: dict[str, Any] = yaml.safe_load(path.read_text())
    for key in (key for key in read if key not in GLOBAL and not key.startswith(".")):
        job = extended(read, key)
        for matrix in job.get("parallel", {}).get("matrix", [{}]):
            for values in combinations(matrix):
                variables = {name: str(value) for name, value in job.get("variables", {}).items()}
                commands = [*job.get("before_script", ()), *job["script"]]
                steps = (Step(command, variables | values) for command in commands)
                yield Job("gitlab", named(key, values), tuple(steps))


def nightly(expression: str) -> list[str]:
    """Return the values of a matrix that an expression gives to the nightly run: its first list."""
    found = re.search(r"'(\[.*?\])'", expression)
    assert found, expression
    values: list[str] = json.loads(found[1])
    return values


def extended(read: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return a job with what it extends; its own values come first, and variables are merged."""
    job: dict[str, Any] = read[key]
    bases = job.get("extends", [])
    merged: dict[str, Any] = {}
    for part in [
        *(extended(read, it) for it in ([bases] if isinstance(bases, str) else bases)),
        job,
    ]:
        merged |= part | {"variables": merged.get("variables", {}) | part.get("variables", {})}
    return merged


def combinations(matrix: Mapping[str, list[str]]) -> Iterator[dict[str, str]]:
    """Yield each set of values of a matrix; one empty set without a matrix."""
    for values in product(*matrix.values()):
        yield dict(zip(matrix, map(str, values), strict=True))


def named(name: str, values: Mapping[str, str]) -> str:
    """Return the name of a job with the values of its matrix."""
    return " ".join([name, *values.values()])


def evaluate(text: str, matrix: Mapping[str, str]) -> str:
    """Return `text` with the values of the matrix; the value of any other expression is empty."""
    return _EXPRESSION.sub(lambda found: matrix.get(found[1].removeprefix("matrix."), ""), text)
