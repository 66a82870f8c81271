"""Tracing: off until an endpoint is set; the exporter is imported only then."""

import os
from importlib.metadata import version
from importlib.util import find_spec
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from chassis.application.ports.tracing import Tracing
from chassis.application.tracing.messaging import Messaging
from chassis.application.tracing.no_tracing import NoTracing
from chassis.bootstrap.adapters import brokers
from chassis.bootstrap.environment import names_of
from chassis.bootstrap.project import read_project
from chassis.bootstrap.settings import CoreSettings

NEEDED = "opentelemetry.exporter.otlp.proto.http"
# OpenTelemetry's own names that look like typos of those below.
FURTHER = tuple(
    f"OTEL_EXPORTER_OTLP_{signal}_{what}"
    for signal in ("LOGS", "METRICS", "TRACES")
    for what in ("ENDPOINT", "HEADERS", "PROTOCOL")
)

type Url = Annotated[str, Meta(pattern=r"^(https?://[^\s/]\S*)?$")]
type Ratio = Annotated[float, Meta(ge=0, le=1)]


def _slug() -> str:
    return read_project().slug


class TracingSettings(Struct, frozen=True, kw_only=True):
    """OpenTelemetry's own names and meanings; the libraries know further ones.

    https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
    """

    otel_exporter_otlp_endpoint: Url = ""
    otel_exporter_otlp_traces_endpoint: Url = ""
    otel_exporter_otlp_headers: str = ""
    otel_exporter_otlp_protocol: Literal["http/protobuf"] = "http/protobuf"
    otel_service_name: str = field(default_factory=_slug)
    otel_resource_attributes: str = ""
    otel_sdk_disabled: Literal["false", "true"] = "false"
    otel_traces_sampler: Literal[
        "always_on",
        "always_off",
        "traceidratio",
        "parentbased_always_on",
        "parentbased_always_off",
        "parentbased_traceidratio",
    ] = "parentbased_always_on"
    otel_traces_sampler_arg: Ratio = 1

    @property
    def is_on(self) -> bool:
        """Whether traces are sent at all."""
        endpoint = self.otel_exporter_otlp_traces_endpoint or self.otel_exporter_otlp_endpoint
        return bool(endpoint) and self.otel_sdk_disabled == "false"


def problem(settings: TracingSettings) -> str | None:
    """Return what prevents the sending of traces."""
    if settings.is_on and not _is_installed():
        extra = f"{read_project().slug}[tracing]"
        return (
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but its exporter is not installed: install "
            f"{extra} (in this folder: uv sync --extra tracing), or unset it"
        )
    return None


def make_tracing(settings: TracingSettings) -> Tracing:
    """Return the exporter of spans, or one that does nothing."""
    if not settings.is_on:
        return NoTracing()
    # The libraries read only the environment, not `.env` and `<NAME>_FILE`.
    for name in names_of(TracingSettings):
        if value := getattr(settings, name.lower()):
            os.environ[name] = str(value)
    from chassis.infrastructure.telemetry.tracing import OpenTelemetryTracing

    slug = read_project().slug
    return OpenTelemetryTracing(slug, version(slug))


def make_messaging(settings: CoreSettings) -> Messaging:
    """Return the names of the broker, its exchange and its queue in spans."""
    system = brokers(settings).__name__.rpartition(".")[2]
    return Messaging(system, settings.broker_exchange, settings.broker_queue)


def _is_installed() -> bool:
    try:
        return find_spec(NEEDED) is not None
    except ModuleNotFoundError:
        # The parent package is missing.
        return False
