"""The logs' form: as set, or as fits where they go."""

import sys

from app.bootstrap.settings import Settings
from app.infrastructure.telemetry.logging import configure_logging


def configure_logs(settings: Settings) -> None:
    """Send logs to stderr: for people on a terminal, else as JSON, unless a setting says which."""
    form = settings.log_format
    if form == "auto":
        form = "console" if sys.stderr.isatty() else "json"
    configure_logging(form, settings.log_level)
