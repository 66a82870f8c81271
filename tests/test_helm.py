"""The chart, with each value set: it is valid, safe, and fits together."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from copy import deepcopy
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.charts import RULES, VALUE_SETS, Charts
from tests.conftest import tool
from tests.questions import COMPUTED
from tools import helm
from tools.helm import only

Objects = list[dict[str, Any]]

# The oldest Kubernetes that the chart allows, and the newest of the validator.
VERSIONS = ("1.30.0", "1.37.0")
# Objects of operators, and the models that were generated from their definitions.
MODELS = {
    "ScaledObject": "cloudcoil.models.keda.v1alpha1",
    "TriggerAuthentication": "cloudcoil.models.keda.v1alpha1",
    "ServiceMonitor": "cloudcoil.models.prometheus_operator.v1",
    "PrometheusRule": "cloudcoil.models.prometheus_operator.v1",
}
BY_SET = pytest.mark.parametrize("name", VALUE_SETS)


@pytest.fixture(scope="module")
def charts(tmp_path_factory: pytest.TempPathFactory) -> Charts:
    return Charts(tmp_path_factory.mktemp("charts"))


@pytest.fixture(scope="module")
def rendered(charts: Charts) -> Mapping[str, Objects]:
    return {name: charts.objects(name) for name in VALUE_SETS}


@BY_SET
def test_linter_finds_nothing(charts: Charts, name: str) -> None:
    chart = charts.chart(VALUE_SETS[name].answers)
    assert "0 chart(s) failed" in helm.run("lint", "--strict", chart, charts.values(name))


@pytest.mark.parametrize("version", VERSIONS)
def test_objects_follow_the_schemas_of_kubernetes(
    rendered: Mapping[str, Objects], tmp_path: Path, version: str
) -> None:
    own = {
        name: [it for it in found if it["kind"] not in MODELS] for name, found in rendered.items()
    }
    done = validate(tmp_path, version, own)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(" passed ") == sum(map(len, own.values()))
    wrong = deepcopy(own["least"][-1])
    wrong["spec"]["replica"] = 1
    assert validate(tmp_path, version, {"wrong": [wrong]}).returncode != 0


@pytest.mark.parametrize("kind", MODELS)
def test_objects_of_operators_follow_their_definitions(
    rendered: Mapping[str, Objects], tmp_path: Path, kind: str
) -> None:
    found = [it for objects in rendered.values() for it in objects if it["kind"] == kind]
    assert found
    schema = strict(getattr(import_module(MODELS[kind]), kind).model_json_schema())
    assert check_schema(tmp_path, schema, found)
    assert not check_schema(tmp_path, schema, [{**found[0], "spec": {**found[0]["spec"], "x": 1}}])


@BY_SET
def test_no_secret_is_in_an_object(rendered: Mapping[str, Objects], name: str) -> None:
    assert not only(rendered[name], "Secret")
    given = {it for it, place in values(rendered, name)["secrets"].items() if place}
    for pod in pods(rendered[name]):
        (container,) = pod["containers"]
        variables = {it["name"]: it.get("value") for it in container["env"]}
        assert not given & {*variables}
        mounted = {it["name"]: it["mountPath"] for it in container["volumeMounts"]}
        volumes = {it["name"]: it for it in pod["volumes"]}
        sources = volumes["secrets"]["projected"]["sources"]
        files = {f"{mounted['secrets']}/{it['secret']['items'][0]['path']}" for it in sources}
        assert {variables[f"{it}_FILE"] for it in given} == files
        assert ("TLS_CERTIFICATE" in variables) == ("tls" in volumes)
        # A file that is mounted alone would keep the old value after a rotation.
        assert not any("subPath" in it for it in container["volumeMounts"])


@BY_SET
def test_pods_are_held_in_bounds(rendered: Mapping[str, Objects], name: str) -> None:
    for pod in pods(rendered[name]):
        assert pod["automountServiceAccountToken"] is pod["enableServiceLinks"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == 10001
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        (container,) = pod["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}
        assert container["resources"]["limits"].keys() == {"memory"}


@BY_SET
def test_a_pod_has_time_to_stop(rendered: Mapping[str, Objects], name: str) -> None:
    shared = values(rendered, name)["settings"].get("SHUTDOWN_GRACE", 10)
    for deployment in only(rendered[name], "Deployment").values():
        pod = deployment["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        own = {it["name"]: it.get("value") for it in container["env"]}
        grace = float(own.get("SHUTDOWN_GRACE") or shared)
        wait = container.get("lifecycle", {"preStop": {"sleep": {"seconds": 0}}})
        assert (
            pod["terminationGracePeriodSeconds"] >= wait["preStop"]["sleep"]["seconds"] + grace + 5
        )


@BY_SET
def test_one_autoscaler_at_most_decides_on_replicas(
    rendered: Mapping[str, Objects], name: str
) -> None:
    scaled = [
        it["spec"]["scaleTargetRef"]["name"]
        for kind in ("HorizontalPodAutoscaler", "ScaledObject")
        for it in only(rendered[name], kind).values()
    ]
    deployments = only(rendered[name], "Deployment")
    assert len(scaled) == len({*scaled} & {*deployments})
    assert {it for it, found in deployments.items() if "replicas" not in found["spec"]} == {*scaled}
    assert len(scaled) == (3 if name in ("hpa", "keda") else 0)


@BY_SET
def test_each_selector_finds_the_pods_that_it_means(
    rendered: Mapping[str, Objects], name: str
) -> None:
    labels = {
        it["metadata"]["name"]: it["spec"]["template"]["metadata"]["labels"]
        for it in rendered[name]
        if it["kind"] in ("Deployment", "Job")
    }
    roles = {*only(rendered[name], "Deployment")}
    for it in rendered[name]:
        kind, spec, own = it["kind"], it.get("spec", {}), it["metadata"]["name"]
        if kind in ("Service", "PodDisruptionBudget", "NetworkPolicy", "Deployment"):
            selector = spec.get("podSelector") or spec["selector"]
            wanted = selector.get("matchLabels", selector)
            found = {pod for pod, has in labels.items() if wanted.items() <= has.items()}
            assert found == (roles if own.endswith("-ops") else {own.removesuffix("-headless")})
    monitored = [it["spec"]["selector"] for it in only(rendered[name], "ServiceMonitor").values()]
    for selector in monitored:
        services = only(rendered[name], "Service").values()
        (ops,) = (
            it
            for it in services
            if selector["matchLabels"].items() <= it["metadata"]["labels"].items()
        )
        assert ops["spec"]["ports"][0]["name"] == "ops"


@BY_SET
def test_ports_are_those_of_the_transports(rendered: Mapping[str, Objects], name: str) -> None:
    numbers = COMPUTED["transport_ports"]["default"]
    protocols = COMPUTED["transport_protocols"]["default"]
    services = only(rendered[name], "Service")
    for own, deployment in only(rendered[name], "Deployment").items():
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        transports = [it.removeprefix("--server=") for it in container["args"] if "server" in it]
        found = {(it["containerPort"], it["protocol"].lower()) for it in container["ports"]}
        meant = {(numbers[it], how) for it in transports for how in protocols.get(it, ["tcp"])}
        assert found == meant | {(9000, "tcp")}
        assert (own in services) == bool(transports)
        assert (f"{own}-headless" in services) == ("grpc" in transports)
        ports = {it["name"]: it for it in container["ports"]}
        for it in services.get(own, {"spec": {"ports": []}})["spec"]["ports"]:
            assert (it["port"], it["protocol"]) == (
                ports[it["targetPort"]]["containerPort"],
                ports[it["targetPort"]]["protocol"],
            )
    for ingress in only(rendered[name], "Ingress").values():
        service = ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
        ports = {it["name"]: it for it in services[service["name"]]["spec"]["ports"]}
        assert service["port"]["name"] in ports


@BY_SET
def test_migration_needs_nothing_that_helm_installs_later(
    rendered: Mapping[str, Objects], name: str
) -> None:
    jobs = only(rendered[name], "Job").values()
    assert len(jobs) == (0 if name == "least" else 1)
    for job in jobs:
        assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
        pod = job["spec"]["template"]["spec"]
        assert pod.get("serviceAccountName") in (None, "existing")
        assert pod["containers"][0]["args"] == ["migrate"]
        assert "configMap" not in json.dumps(pod)


@BY_SET
def test_names_have_the_length_that_kubernetes_allows(
    rendered: Mapping[str, Objects], name: str
) -> None:
    assert max(len(it["metadata"]["name"]) for it in rendered[name]) <= 63


def test_numbers_are_written_as_the_service_reads_them(rendered: Mapping[str, Objects]) -> None:
    (settings,) = only(rendered["hpa"], "ConfigMap").values()
    assert settings["data"]["MAX_BODY"] == "2097152"
    assert settings["data"]["SHUTDOWN_GRACE"] == "32.5"


def test_consumer_is_scaled_by_each_partition(rendered: Mapping[str, Objects]) -> None:
    scaled = only(rendered["keda"], "ScaledObject")
    consumer = scaled["my-release-my-service-consumer"]["spec"]["triggers"]
    queues = [it["metadata"] for it in consumer if it["type"] == "rabbitmq"]
    assert [it["queueName"] for it in queues] == [f"mail.partition.{it}" for it in range(8)]
    assert {it["value"] for it in queues} == {str(5000 // 8)}
    producer = scaled["my-release-my-service-producer"]["spec"]["triggers"]
    assert [it["metadata"]["query"] for it in producer if it["type"] == "prometheus"] == [
        'max(outbox_rows{namespace="my-space",service="my-release-my-service-ops"})'
    ]


def test_rules_are_those_of_the_file(charts: Charts) -> None:
    given = ("--set=prometheusRule.enabled=true", f"--set-file=prometheusRule.rules={RULES}")
    (rule,) = only(charts.objects("defaults", *given), "PrometheusRule").values()
    assert rule["spec"] == yaml.safe_load(RULES.read_text())


def test_api_and_events_have_their_own_names(rendered: Mapping[str, Objects]) -> None:
    found = only(rendered["public"], "Ingress").values()
    hosts = {it["spec"]["rules"][0]["host"]: it for it in found}
    assert hosts.keys() == {"api.example.com", "event.api.example.com"}
    for host, role in (("api", "producer"), ("event.api", "consumer")):
        (path,) = hosts[f"{host}.example.com"]["spec"]["rules"][0]["http"]["paths"]
        assert path["backend"]["service"]["name"] == f"my-release-my-service-{role}"
    events = hosts["event.api.example.com"]["metadata"]["annotations"]
    assert events["nginx.ingress.kubernetes.io/proxy-buffering"] == "off"
    assert events["nginx.ingress.kubernetes.io/proxy-body-size"] == "1048576"


def pods(objects: Objects) -> Iterator[dict[str, Any]]:
    for it in objects:
        if it["kind"] in ("Deployment", "Job"):
            yield it["spec"]["template"]["spec"]


def values(rendered: Mapping[str, Objects], name: str) -> dict[str, Any]:
    """Return the settings of all roles and the secrets of a value set, merged as helm does."""
    given = VALUE_SETS[name].values
    keys = {"DATABASE_URL", "BROKER_URL", "CACHE_URL", "AUTH_JWT_KEY"}
    secrets: dict[str, object] = {**dict.fromkeys(keys, "given"), **given.get("secrets", {})}
    if "p2p" in json.dumps(rendered[name]):
        secrets["P2P_KEY"] = "given"
    return {"settings": given.get("settings", {}), "secrets": secrets}


def validate(
    folder: Path, version: str, objects: Mapping[str, Objects]
) -> subprocess.CompletedProcess[str]:
    """Check objects with the schemas of a version, without any field that they do not name."""
    files = []
    for name, found in objects.items():
        files.append(folder / f"{name}.yaml")
        files[-1].write_text(yaml.safe_dump_all(found))
    command = [tool("kubernetes-validate"), "--strict", "-k", version, *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def check_schema(folder: Path, schema: object, found: Objects) -> bool:
    """Return whether objects follow a schema."""
    (folder / "schema.json").write_text(json.dumps(schema))
    names = [f"{number}.json" for number in range(len(found))]
    for name, it in zip(names, found, strict=True):
        (folder / name).write_text(json.dumps(it))
    command = [tool("check-jsonschema"), "--schemafile", "schema.json", *names]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


def strict(schema: Any) -> Any:
    """Return a schema that allows only the fields which it names."""
    if isinstance(schema, list):
        return [strict(it) for it in schema]
    if not isinstance(schema, dict):
        return schema
    # Go's way to say that case does not matter, which JSON Schema does not know.
    found = {name: strict(it) for name, it in schema.items() if not str(it).startswith("^(?i)")}
    return {"additionalProperties": False, **found} if "properties" in found else found
