"""Reports of unforeseen errors: off until a DSN is set; the client is imported only then."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from typing import Annotated

from msgspec import Meta, Struct

from chassis.bootstrap.project import read_project

NEEDED = "sentry_sdk"

type Dsn = Annotated[str, Meta(pattern=r"^(https?://[^\s/@]+@[^\s/@]+/(\S*/)?[0-9]+)?$")]


class SentrySettings(Struct, frozen=True, kw_only=True):
    """The address of a project in Sentry, which has a key in it."""

    sentry_dsn: Dsn = ""


def problem(settings: SentrySettings) -> str | None:
    """Return what prevents the reports."""
    if settings.sentry_dsn and find_spec(NEEDED) is None:
        extra = f"{read_project().slug}[sentry]"
        return (
            f"SENTRY_DSN is set, but its client is not installed: install {extra} "
            "(in this folder: uv sync --extra sentry), or unset it"
        )
    return None


@contextmanager
def error_reports(settings: SentrySettings, environment: str) -> Iterator[None]:
    """Report the errors that are logged in the block, and the one that ends it."""
    if not settings.sentry_dsn:
        yield
        return
    from chassis.infrastructure.telemetry.sentry import SentryReports

    slug = read_project().slug
    reports = SentryReports(settings.sentry_dsn, environment, f"{slug}@{version(slug)}")
    root = logging.getLogger()
    root.addHandler(reports)
    try:
        yield
    except Exception as error:
        reports.report(error)
        raise
    finally:
        root.removeHandler(reports)
        reports.close()
