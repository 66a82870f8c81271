"""Charts of some answers, and the value sets that they are tested with."""

import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import yaml

from tests.conftest import copy
from tests.matrix import CASES, Answers
from tools import helm
from tools.service import ROOT

LONGEST = MappingProxyType({"project_slug": "a" + "-b" * 19 + "c"})
RULES = ROOT / "template" / "deploy" / "monitoring" / "rules.yml"


class ValueSet(NamedTuple):
    """The values for a chart, of the service with these answers."""

    answers: Answers
    values: Mapping[str, Any] = MappingProxyType({})


def scaled(mode: str, **more: object) -> dict[str, Any]:
    """Return the values of a role that scales by itself."""
    return {"autoscaling": {"mode": mode, "min": 3, "max": 6, **more}}


VALUE_SETS: Mapping[str, ValueSet] = MappingProxyType(
    {
        **{case: ValueSet(answers) for case, answers in CASES.items()},
        "hpa": ValueSet(
            CASES["full"],
            {
                "image": {"digest": "sha256:" + "0" * 64, "pullSecrets": ["registry"]},
                "defaults": scaled("hpa", cpu=50),
                "serviceAccount": {"name": "existing"},
                "settings": {"MAX_BODY": 2_097_152, "SHUTDOWN_GRACE": 32.5},
            },
        ),
        "keda": ValueSet(
            CASES["full"],
            {
                "defaults": scaled("keda"),
                "keda": {"prometheus": "http://prometheus.monitoring:9090"},
                "settings": {"BROKER_PARTITIONS": 8, "BROKER_QUEUE": "mail"},
                "serviceMonitor": {"enabled": True, "labels": {"release": "monitoring"}},
                "prometheusRule": {"enabled": True, "rules": RULES.read_text()},
            },
        ),
        "public": ValueSet(
            CASES["defaults"],
            {
                "tls": {"secret": "service-tls"},
                "ingress": {"enabled": True, "tlsSecret": "edge-tls", "domain": "example.com"},
                "settings": {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"},
                "roles": {
                    "producer": {
                        "service": {"type": "LoadBalancer", "annotations": {"a.example/b": "c"}},
                        "settings": {"MAX_BATCH": 100, "SHUTDOWN_GRACE": 60},
                        "tolerations": [{"key": "spot", "operator": "Exists"}],
                        "nodeSelector": {"disk": "ssd"},
                        "podAnnotations": {"a.example/b": "c"},
                    }
                },
            },
        ),
        "least": ValueSet(
            CASES["defaults"],
            {
                "migration": {"enabled": False},
                "networkPolicy": {"enabled": False},
                "preStopSeconds": 0,
                "roles": {"producer": {"enabled": False}},
                "secrets": {"CACHE_URL": None, "AUTH_JWT_KEY": None},
                "settings": {"AUTH_JWKS_URL": "https://issuer.example/keys"},
            },
        ),
        "longest": ValueSet(LONGEST),
    }
)


class Charts:
    """Charts by their answers, each rendered once, without the rest of the service."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template"
        shutil.copytree(ROOT / "questions", self._template / "questions")
        shutil.copy(ROOT / "copier.yml", self._template)
        chart = Path("template", "deploy", "helm")
        shutil.copytree(ROOT / chart, self._template / chart)
        self.render = cache(self._render)

    def chart(self, answers: Answers) -> Path:
        """Return the chart of a service with these answers."""
        names = {"roles", "transports", "project_slug"}
        return self.render(tuple((it, str(answers[it])) for it in sorted(names & {*answers})))

    def objects(self, name: str, *arguments: str | Path) -> list[dict[str, Any]]:
        """Return what the chart renders to with a value set."""
        return helm.template(self.chart(VALUE_SETS[name].answers), self.values(name), *arguments)

    def values(self, name: str) -> str:
        """Return helm's argument for a value set."""
        file = self._folder / f"{name}.yaml"
        file.write_text(yaml.safe_dump(dict(VALUE_SETS[name].values)))
        return f"--values={file}"

    def _render(self, answers: tuple[tuple[str, str], ...]) -> Path:
        project = self._folder / f"project-{self.render.cache_info().currsize}"
        given = {name: yaml.safe_load(answer) for name, answer in answers}
        copy(self._template, project, {**given, "deploy": ["helm"]})
        return project / "deploy" / "helm"
