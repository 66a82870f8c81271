"""Values that the chart refuses, with a line that names the value and says what to do."""

import re

import pytest

from tests.charts import VALUE_SETS, Charts
from tools.helm import HelmError, template

# The values as YAML, and a part of the message.
REFUSED = (
    # By the schema.
    ("role: {}", "additional properties 'role' not allowed"),
    ("roles: {reader: {}}", "/roles': additional properties 'reader' not allowed"),
    ("roles: {producer: {replica: 3}}", "/roles/producer': additional properties 'replica'"),
    ("roles: {producer: {replicas: two}}", "/producer/replicas': got string, want integer"),
    ("roles: {producer: {transports: [smtp]}}", "/transports/0': value must be one of 'http'"),
    ("defaults: {autoscaling: {mode: vpa}}", "/mode': value must be one of 'none', 'hpa', 'keda'"),
    ("defaults: {autoscaling: {min: 0}}", "/autoscaling/min': minimum: got 0, want 1"),
    ("settings: {log_level: INFO}", "/settings': additional properties 'log_level'"),
    ("settings: {LOG_LEVEL: [INFO]}", "/settings/LOG_LEVEL': got array, want "),
    ("secrets: {DATABASE_URL: 'postgresql://a:b@c/d'}", "/DATABASE_URL': got string, want object"),
    ("secrets: {DATABASE_URL: null}", "/secrets': missing property 'DATABASE_URL'"),
    ("secrets: {BROKER_URL: {name: null}}", "/secrets/BROKER_URL': missing property 'name'"),
    ("image: {digest: 'sha256:123'}", "/image/digest': 'sha256:123' does not match pattern"),
    ("ingress: {domain: localhost}", "/ingress/domain': 'localhost' does not match"),
    ("networkPolicy: {clients: []}", "/networkPolicy/clients': minItems: got 0, want 1"),
    ("keda: {prometheus: 'prometheus:9090'}", "/keda/prometheus': 'prometheus:9090' does not"),
    ("preStopSeconds: 1.5", "/preStopSeconds': got number, want integer"),
    # By the chart.
    ("defaults: {enabled: false}", "roles: no role is enabled; set enabled: true in at"),
    ("settings: {DATABASE_URL: x}", "settings.DATABASE_URL: this is a secret; put it into"),
    (
        "roles: {producer: {settings: {P2P_KEY: x}}}",
        "roles.producer.settings.P2P_KEY: this is a secret",
    ),
    ("settings: {SENTRY_DSN: x}", "settings.SENTRY_DSN: this is a secret"),
    (
        "settings: {DATABASE_URL_COMMAND: get}",
        "settings.DATABASE_URL_COMMAND: the image has no such program; put the secret into",
    ),
    ("settings: {HTTP_PORT: 80}", "settings.HTTP_PORT: the chart sets this; remove it"),
    ("settings: {TLS_PRIVATE_KEY: /a}", "settings.TLS_PRIVATE_KEY: the chart sets this"),
    ("settings: {AUTH_JWKS_FILE: /a}", "settings.AUTH_JWKS_FILE: files come from Secrets"),
    ("roles: {worker: {transports: [tcp]}}", "roles.worker.transports: a worker has none; set it"),
    ("roles: {consumer: {transports: []}}", "roles.consumer.transports: name at least one, such"),
    ("tls: {secret: ''}", "quic needs a certificate; set tls.secret to the name"),
    ("secrets: {P2P_KEY: null}", "p2p needs a key; set secrets.P2P_KEY to the name"),
    ("defaults: {autoscaling: {min: 11}}", "min is 11 and max is 10; min must not be above max"),
    (
        "roles: {producer: {autoscaling: {mode: keda}}}",
        "set keda.prometheus to the URL of Prometheus",
    ),
    ("prometheusRule: {enabled: true}", "prometheusRule.rules: it has no groups; give a file"),
    (
        "{settings: {BROKER_PARTITIONS: 4}, roles: {consumer: {autoscaling: {mode: hpa, max: 6}}}}",
        "6 replicas share 4 partitions, and the rest would be idle; set max to 4 at most",
    ),
    (
        "{ingress: {enabled: true}, defaults: {transports: [tcp]}}",
        "ingress.enabled: no enabled role has http in its transports",
    ),
)


@pytest.fixture(scope="module")
def charts(tmp_path_factory: pytest.TempPathFactory) -> Charts:
    return Charts(tmp_path_factory.mktemp("charts"))


@pytest.mark.parametrize(("values", "text"), REFUSED)
def test_wrong_values_are_refused(charts: Charts, values: str, text: str) -> None:
    chart = charts.chart(VALUE_SETS["full"].answers)
    file = chart.parent / "wrong.yaml"
    file.write_text(values)
    with pytest.raises(HelmError, match=re.escape(text)) as refused:
        template(chart, f"--values={file}")
    # No password of a URL in it.
    assert "a:b@c" not in str(refused.value)


def test_a_worker_alone_has_no_transport(charts: Charts) -> None:
    chart = charts.chart(VALUE_SETS["worker"].answers)
    with pytest.raises(HelmError, match="/roles': additional properties 'producer' not allowed"):
        template(chart, "--set=roles.producer.enabled=true")
