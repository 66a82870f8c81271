import importlib.util

import pytest

from chassis.application.tracing.no_tracing import NoTracing
from chassis.bootstrap import tracing
from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.environment import Environment, SettingsError
from chassis.bootstrap.settings import CoreSettings

ENDPOINT = "http://collector:4318"


def problems(**values: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Configuration.read(Environment(values))
    return list(caught.value.problems)


def settings(**values: str) -> tracing.TracingSettings:
    return Configuration.read(Environment(values)).of(tracing.TracingSettings)


@pytest.mark.parametrize(
    ("values", "is_on"),
    (
        ({}, False),
        ({"OTEL_SERVICE_NAME": "named"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ENDPOINT}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{ENDPOINT}/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ENDPOINT, "OTEL_SDK_DISABLED": "true"}, False),
    ),
)
def test_an_endpoint_turns_it_on(values: dict[str, str], is_on: bool) -> None:
    assert settings(**values).is_on == is_on


def test_it_is_off_by_default() -> None:
    assert isinstance(tracing.make_tracing(settings()), NoTracing)


@pytest.mark.parametrize(
    ("name", "value"),
    (
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_TRACES_SAMPLER_ARG", "2"),
    ),
)
def test_what_cannot_be_used_is_told(name: str, value: str) -> None:
    [problem] = problems(**{name: value})

    assert problem.startswith(f"{name} is malformed: ")
    assert value not in problem


def test_a_slip_is_told_and_a_further_name_of_the_libraries_is_none() -> None:
    further = {name: "value" for name in tracing.FURTHER if "TRACES_ENDPOINT" not in name}
    assert not settings(**further, OTEL_BSP_SCHEDULE_DELAY="100").is_on

    assert problems(OTEL_EXPORTER_OTLP_ENDPONT=ENDPOINT) == [
        "OTEL_EXPORTER_OTLP_ENDPONT is no setting: did you mean OTEL_EXPORTER_OTLP_ENDPOINT?"
    ]


@pytest.mark.parametrize("found", (None, ModuleNotFoundError("opentelemetry")))
def test_a_missing_extra_is_told(
    found: ModuleNotFoundError | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(name: str) -> None:
        assert name == tracing.NEEDED
        if found:
            raise found

    monkeypatch.setattr(tracing, "find_spec", find)

    [problem] = problems(OTEL_EXPORTER_OTLP_ENDPOINT=ENDPOINT)
    assert "uv sync --extra tracing" in problem
    assert not settings().is_on


def test_the_extra_is_what_the_tests_are_run_with() -> None:
    assert importlib.util.find_spec(tracing.NEEDED)


@pytest.mark.parametrize(
    ("url", "system"),
    (("memory://", "memory"), ("amqp://mq/", "rabbitmq"), ("amqps://mq/", "rabbitmq")),
)
def test_the_broker_is_called_by_the_conventions_name(url: str, system: str) -> None:
    made = tracing.make_messaging(
        CoreSettings(broker_url=url, broker_exchange="exchange", broker_queue="queue")
    )

    assert (made.system, made.exchange, made.queue) == (system, "exchange", "queue")
