"""The configuration of one process: every part's settings, read and checked once."""

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Self

from msgspec import Struct

from chassis.bootstrap import access, discovery, error_reports, tls, tracing
from chassis.bootstrap.adapters import url_problems
from chassis.bootstrap.environment import Environment, SettingsError, names_of
from chassis.bootstrap.settings import (
    CoreSettings,
    lifecycle_problems,
    lock_problems,
    retry_schedule_problems,
    worker_problems,
)
from chassis.bootstrap.weak_secrets import placeholders

type Kinds = dict[type[Struct], Struct]


class Configuration:
    """The settings of each kind that a part of the service declares.

    `secret_files` are the files that some of them come from, each with the name of its setting.
    """

    def __init__(self, kinds: Kinds, secret_files: Sequence[tuple[str, Path]] = ()) -> None:
        self._kinds = kinds
        self.secret_files = secret_files

    @classmethod
    def read(cls, environment: Environment | None = None) -> Self:
        """Read the environment and `.env`, or the given values.

        Raises `SettingsError` with all problems: malformed, misspelt or refused values.
        """
        environment = environment or Environment.read()
        problems: list[str] = []
        kinds: Kinds = {}
        declares = declared()
        for kind in declares:
            try:
                kinds[kind] = environment.load(kind)
            except SettingsError as error:
                problems += error.problems
        known = [name for kind in declares for name in names_of(kind)]
        problems += environment.misspelt([*known, *tracing.FURTHER])
        settings = kinds.get(CoreSettings)
        if isinstance(settings, CoreSettings):
            problems += retry_schedule_problems(settings) + url_problems(settings)
            problems += worker_problems(settings) + lock_problems(settings)
            problems += lifecycle_problems(settings)
            problems += _access_problems(kinds, settings) + _tls_problems(kinds, settings)
        problems += _own_problems(kinds)
        traces = kinds.get(tracing.TracingSettings)
        if isinstance(traces, tracing.TracingSettings) and (problem := tracing.problem(traces)):
            problems.append(problem)
        reports = kinds.get(error_reports.SentrySettings)
        if isinstance(reports, error_reports.SentrySettings) and (
            problem := error_reports.problem(reports)
        ):
            problems.append(problem)
        found = cls(kinds, environment.secret_files(known))
        if isinstance(settings, CoreSettings) and settings.environment == "production":
            problems += placeholders(found.items())
        if problems:
            raise SettingsError(problems)
        return found

    @property
    def settings(self) -> CoreSettings:
        """The settings that every part shares."""
        return self.of(CoreSettings)

    def of[S: Struct](self, kind: type[S]) -> S:
        """Return the settings of a kind that a server or a module of the user's declares."""
        found = self._kinds[kind]
        assert isinstance(found, kind)
        return found

    def items(self) -> list[tuple[str, object]]:
        """Return every setting's name and value, by kind and in the order of declaration."""
        return [
            (field.upper(), getattr(settings, field))
            for settings in self._kinds.values()
            for field in settings.__struct_fields__
        ]


def declared() -> list[type[Struct]]:
    """Return the parts that declare settings: the shared ones, each server, the user's modules."""
    found = [kind for _, kind in _declaring()]
    return [
        CoreSettings,
        access.AccessSettings,
        tls.TlsSettings,
        tracing.TracingSettings,
        error_reports.SentrySettings,
        *found,
    ]


def _declaring() -> list[tuple[ModuleType, type[Struct]]]:
    """Return the modules of servers and of the user's that declare settings, and these."""
    modules = [*discovery.servers().values(), *discovery.own()]
    found = [(module, discovery.settings_of(module)) for module in modules]
    return [(module, kind) for module, kind in found if kind is not None]


def _own_problems(kinds: Kinds) -> list[str]:
    """Return what the function `problems` of each module says about its settings."""
    return [
        problem
        for module, kind in _declaring()
        if kind in kinds and hasattr(module, "problems")
        for problem in module.problems(kinds[kind])
    ]


def _access_problems(kinds: Kinds, settings: CoreSettings) -> list[str]:
    found = kinds.get(access.AccessSettings)
    if not isinstance(found, access.AccessSettings):
        return []
    return access.problems(found, in_production=settings.environment == "production")


def _tls_problems(kinds: Kinds, settings: CoreSettings) -> list[str]:
    found = kinds.get(tls.TlsSettings)
    if not isinstance(found, tls.TlsSettings):
        return []
    servers = [
        (name, kinds[kind])
        for name, module in discovery.servers().items()
        if (kind := discovery.settings_of(module)) is not None and kind in kinds
    ]
    return tls.problems(found, servers, in_production=settings.environment == "production")
