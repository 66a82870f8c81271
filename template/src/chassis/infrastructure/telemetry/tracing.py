"""Traces for OpenTelemetry, sent by OTLP over HTTP; its libraries come with the extra `tracing`."""

import asyncio
import logging
import os
import threading
from contextlib import suppress
from functools import cached_property

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)

from chassis.application.context import TRACEPARENT
from chassis.application.ports.tracing import Attributes, Kind
from chassis.application.tracing.no_tracing import NoSpan
from chassis.infrastructure.urls import cleared

log = logging.getLogger(__name__)

# Seconds that a stop waits for the collector.
TIMEOUT = 3.0

# The loggers of failed exports; their texts have the URL.
_LOGGERS = (
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "opentelemetry.sdk._shared_internal",
)
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")

_KINDS = {kind.name.lower(): kind for kind in SpanKind}
_NOBODY = Context()
# The prefix of samplers that follow the caller; the first one is the default.
_PARENT_BASED = "parentbased_"


class OpenTelemetrySpan:
    """A span of the library's, which would log a warning for calls after its end."""

    def __init__(self, span: Span) -> None:
        self._span = span

    @property
    def traceparent(self) -> str:
        """The parent for children; its last digit says whether this span is recorded."""
        context = self._span.get_span_context()
        return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"

    def rename(self, name: str) -> None:
        """Give the span another name."""
        if self._span.is_recording():
            self._span.update_name(name)

    def set_attributes(self, attributes: Attributes) -> None:
        """Add attributes."""
        if self._span.is_recording():
            self._span.set_attributes(attributes)

    def fail(self, reason: str) -> None:
        """Set the status to error."""
        if self._span.is_recording():
            self._span.set_attribute("error.type", reason)
            self._span.set_status(Status(StatusCode.ERROR))

    def end(self) -> None:
        """End the span; a sampled one goes to the sender, which drops it when it is full."""
        if self._span.is_recording():
            self._span.end()


class OpenTelemetryTracing:
    """Reads `OTEL_*` from the environment, with the first span; sends from its own thread.

    The spans that wait for the collector are bounded (`OTEL_BSP_MAX_QUEUE_SIZE`, 2,048). More are
    dropped, with a warning, rather than kept or waited for.
    """

    is_on = True

    def __init__(self, service: str, version: str) -> None:
        self._service = service
        self._version = version

    def start(
        self, name: str, kind: Kind, *, parent: str | None, attributes: Attributes | None = None
    ) -> OpenTelemetrySpan | NoSpan:
        """Begin a span; the sampler decides whether it is recorded."""
        context = _NOBODY
        if parent is not None and TRACEPARENT.fullmatch(parent):
            if self._follows_parent and not int(parent[-2:], 16) & TraceFlags.SAMPLED:
                # The sampler's decision, in a fraction of the time.
                return NoSpan(parent)
            context = _under(parent)
        return OpenTelemetrySpan(
            self._tracer.start_span(name, context, _KINDS[kind], attributes=attributes)
        )

    async def close(self) -> None:
        """Send the waiting spans, for three seconds at most."""
        if "_provider" not in self.__dict__:
            return
        loop, sent = asyncio.get_running_loop(), asyncio.Event()

        def send() -> None:
            self._provider.shutdown()
            # The loop has ended if this took too long.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(sent.set)

        # A daemon thread, because the library's own limits are longer.
        threading.Thread(target=send, daemon=True).start()
        try:
            async with asyncio.timeout(TIMEOUT):
                await sent.wait()
        except TimeoutError:
            log.warning("not all traces were sent in time", extra={"seconds": TIMEOUT})
            # It stops between two attempts.
            self._exporter.shutdown()  # type: ignore[no-untyped-call]  # the library has not annotated it

    @cached_property
    def _follows_parent(self) -> bool:
        return os.environ.get("OTEL_TRACES_SAMPLER", _PARENT_BASED).startswith(_PARENT_BASED)

    @cached_property
    def _tracer(self) -> Tracer:
        return self._provider.get_tracer(self._service, self._version)

    @cached_property
    def _provider(self) -> TracerProvider:
        ours = {"service.name": self._service, "service.version": self._version}
        # The arguments of `create` override the environment, which must override the defaults.
        resource = Resource.create({**ours, **OTELResourceDetector().detect().attributes})
        provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        provider.add_span_processor(BatchSpanProcessor(self._exporter))
        return provider

    @cached_property
    def _exporter(self) -> OTLPSpanExporter:
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(_WithoutSecrets())
        return OTLPSpanExporter()


class _WithoutSecrets(logging.Filter):
    """Removes the secrets of the collector's URL from the library's log records about it."""

    def __init__(self) -> None:
        super().__init__()
        self._urls = [url for name in _ENDPOINTS if (url := os.environ.get(name))]

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record in place; an exception is reduced to its text."""
        text = record.getMessage()
        if record.exc_info and record.exc_info[1]:
            text = f"{text} {record.exc_info[1]}"
            record.exc_info = None
        for url in self._urls:
            text = cleared(text, url)
        record.msg, record.args = text, None
        return True


def _under(traceparent: str) -> Context:
    parent = SpanContext(
        trace_id=int(traceparent[3:35], 16),
        span_id=int(traceparent[36:52], 16),
        is_remote=True,
        trace_flags=TraceFlags(int(traceparent[-2:], 16)),
    )
    return set_span_in_context(NonRecordingSpan(parent), _NOBODY)
