"""The rules of Prometheus, the runbooks and the dashboards of a service."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from tests.chassis.expressions import exporters, metrics_of
from tests.conftest import Render, files
from tools.dashboards import exporters as of_metrics
from tools.dashboards.__main__ import FOLDER, PAGES, main
from tools.required import program
from tools.service import ROOT

TEMPLATE = ROOT / "template"
MONITORING = TEMPLATE / "deploy" / "monitoring"
RUNBOOKS = TEMPLATE / "docs" / "runbooks"
RULES = [
    rule
    for group in yaml.safe_load((MONITORING / "rules.yml").read_text())["groups"]
    for rule in group["rules"]
]
ALERTS: dict[str, dict[str, Any]] = {rule["alert"]: rule for rule in RULES if "alert" in rule}
DASHBOARDS = sorted(FOLDER.glob("*.json"))
SECTIONS = ["Meaning", "Look", "Do", "Verify"]


@pytest.mark.needs(program("promtool"))
@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "config", "prometheus.yml"),
        ("check", "rules", "--lint=all", "--lint-fatal", "rules.yml"),
        ("test", "rules", "rules_test.yml"),
    ],
)
def test_promtool_finds_nothing(arguments: tuple[str, ...]) -> None:
    command = ["promtool", *arguments]
    done = subprocess.run(command, cwd=MONITORING, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_tests_of_the_rules_name_each_alert() -> None:
    # promtool fails if one of these does not fire, or if another one does.
    document = yaml.safe_load((MONITORING / "rules_test.yml").read_text())
    (faulty,) = [it for it in document["tests"] if it["name"] == "each alert fires by its fault"]
    samples = faulty["promql_expr_test"][-1]["exp_samples"]
    named = [re.sub(r'.*alertname="(\w+)".*', r"\1", sample["labels"]) for sample in samples]
    assert sorted(named) == sorted(ALERTS)


@pytest.mark.parametrize("alert", ALERTS)
def test_alert_says_what_it_means_and_where_the_page_is(alert: str) -> None:
    rule = ALERTS[alert]
    assert rule["labels"].keys() == {"severity"}
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert rule["annotations"].keys() == {"summary", "description", "runbook"}
    page = TEMPLATE / rule["annotations"]["runbook"]
    assert page.parent == RUNBOOKS
    title, *rest = page.read_text().splitlines()
    assert title == f"# {alert}"
    assert [line[3:] for line in rest if line.startswith("## ")] == SECTIONS


def test_each_page_belongs_to_an_alert_and_leads_to_pages_that_exist() -> None:
    pages = {path.name for path in RUNBOOKS.iterdir()}
    assert pages == {Path(rule["annotations"]["runbook"]).name for rule in ALERTS.values()}
    links = re.findall(r"\]\(([^)]+)\)", "".join(path.read_text() for path in RUNBOOKS.iterdir()))
    assert links
    assert set(links) <= pages


def test_documentation_lists_each_alert() -> None:
    page = (ROOT / "docs" / "operations" / "monitoring.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|", page, re.MULTILINE)
    assert rows == [(name, rule["labels"]["severity"]) for name, rule in ALERTS.items()]


def test_dashboards_are_those_that_the_program_makes(tmp_path: Path) -> None:
    main(tmp_path)
    made = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_text() for path in DASHBOARDS}


def test_page_of_the_metrics_is_the_one_that_the_program_makes() -> None:
    assert of_metrics.page() == of_metrics.PAGE.read_text("utf-8")


def test_each_metric_of_an_alert_has_the_same_exporters() -> None:
    # Otherwise a part of the alert could not fire in a service that has the other part's role.
    known = exporters()
    of: dict[str, set[tuple[str, ...]]] = {}
    for each, metric in metrics_of(of_metrics.template_expressions()):
        if each.kind == "alert":
            of.setdefault(each.name, set()).add(known[metric])
    assert of.keys() == ALERTS.keys()
    assert {name: found for name, found in of.items() if len(found) > 1} == {}


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_dashboard_has_no_field_that_grafana_does_not_know(path: Path) -> None:
    read = json.loads(path.read_text())
    known = json.loads(json.dumps(Dashboard.from_json(read), cls=JSONEncoder))
    assert known == read


def test_panels_have_a_title_an_explanation_and_numbers_of_their_own() -> None:
    for page in PAGES:
        panels = json.loads((FOLDER / f"{page.name}.json").read_text())["panels"]
        numbers = [panel["id"] for panel in panels]
        assert len(numbers) == len(set(numbers))
        shown = [panel for panel in panels if panel["type"] != "row"]
        assert all(panel["title"] and panel["description"].endswith(".") for panel in shown)
        assert all(target["expr"] for panel in shown for target in panel["targets"])


def test_provisioned_source_is_the_one_of_the_panels() -> None:
    provisioning = MONITORING / "grafana" / "provisioning" / "datasources" / "prometheus.yml"
    (source,) = yaml.safe_load(provisioning.read_text())["datasources"]
    for path in DASHBOARDS:
        panels = json.loads(path.read_text())["panels"]
        uids = {panel["datasource"]["uid"] for panel in panels if "datasource" in panel}
        assert uids == {source["uid"]}


def test_containers_of_the_profile_are_the_targets(render: Render) -> None:
    compose = yaml.safe_load((render("full") / "compose.yaml").read_text())
    monitoring = {
        name for name, it in compose["services"].items() if it.get("profiles") == ["monitoring"]
    }
    assert monitoring == {"prometheus", "alertmanager", "grafana", "collector"}
    networks = {name: {*it["networks"]} for name, it in compose["services"].items()}
    for name in ("grafana", "alertmanager"):
        reached = {it for it, on in networks.items() if on & networks[name]}
        assert reached == {"prometheus", "grafana", "alertmanager"}
    reached = {it for it, on in networks.items() if "metrics" in on}
    assert not reached & {"database", "cache", "migrate"}
    config = yaml.safe_load((MONITORING / "prometheus.yml").read_text())
    hosts = {
        target.split(":")[0]
        for job in config["scrape_configs"]
        for static in job.get("static_configs", [])
        for target in static["targets"]
    }
    assert hosts == {"broker", "localhost", "alertmanager", "collector"}
    (names,) = [it["names"] for it in config["scrape_configs"][0]["dns_sd_configs"]]
    # Those that the answers left out have no address.
    assert {name for name in names if name in compose["services"]} == {*names}


def test_without_a_way_to_deploy_there_is_none_of_it(render: Render) -> None:
    assert not [it for it in files(render("undeployed")) if "runbooks" in it or "monitoring" in it]
