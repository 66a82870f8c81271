from types import ModuleType

import pytest
from msgspec import Struct

from chassis.bootstrap import discovery
from chassis.bootstrap.configuration import Configuration, declared
from chassis.bootstrap.environment import Environment, SettingsError
from chassis.bootstrap.project import read_project
from chassis.bootstrap.servers import ops
from chassis.bootstrap.settings import CoreSettings


class OwnSettings(Struct, frozen=True, kw_only=True):
    greeting: str = "hello"
    greeting_count: int = 1


@pytest.fixture(autouse=True)
def own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the user have a module with settings, one without, and nothing else."""
    module = ModuleType("app.bootstrap.own.greetings")
    vars(module)["Settings"] = OwnSettings
    monkeypatch.setattr(discovery, "own", lambda: [module, ModuleType("app.bootstrap.own.plain")])


def read(**values: str) -> Configuration:
    return Configuration.read(Environment(values))


def problems(**values: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read(**values)
    return list(caught.value.problems)


def test_each_part_gets_its_own_settings() -> None:
    configuration = read(MAX_BATCH="7", OPS_PORT="0", GREETING="hi")

    assert configuration.settings == CoreSettings(max_batch=7)
    assert configuration.of(ops.OpsSettings) == ops.OpsSettings(ops_port=0)
    assert configuration.of(OwnSettings) == OwnSettings(greeting="hi")


def test_all_settings_are_listed_by_name() -> None:
    items = read(GREETING="hi").items()

    names = [name for name, _ in items]
    assert names[0] == "DATABASE_URL"
    assert names[-2:] == ["GREETING", "GREETING_COUNT"]
    assert len(names) == len(set(names))
    assert dict(items)["GREETING"] == "hi"


def test_a_malformed_retry_schedule_is_told_with_what_else_is_wrong() -> None:
    assert read(RETRY_DELAYS="none").settings.retry_schedule.delays == ()

    found = problems(RETRY_DELAYS="1;2", BROKER_URL="amqp://[")

    assert found[0].startswith("RETRY_DELAYS is malformed: write seconds with commas between")
    assert found[1].startswith("BROKER_URL: it cannot be read")


def test_locks_in_a_cache_need_one_that_all_processes_share() -> None:
    assert read().settings.locks == "database"
    assert read(LOCKS="cache", CACHE_URL="redis://127.0.0.1/0").settings.locks == "cache"

    [found] = problems(LOCKS="cache")

    assert found.startswith("LOCKS=cache needs a CACHE_URL such as redis://")


def test_no_two_parts_declare_the_same_setting() -> None:
    names = [field for kind in declared() for field in kind.__struct_fields__]

    assert len(names) == len(set(names))


def test_all_that_is_wrong_in_any_part_is_told_at_once() -> None:
    found = problems(MAX_BATCH="0", OPS_PORT="x", GREETING_COUNT="x", GREETNG="x", BROKER_URL="x")

    # Unreadable values are no error of the adapters.
    assert [problem.split()[0] for problem in found] == [
        "MAX_BATCH",
        "OPS_PORT",
        "GREETING_COUNT",
        "GREETNG",
    ]


def test_a_slip_of_the_pen_is_told_once() -> None:
    assert problems(MAX_BACTH="1") == ["MAX_BACTH is no setting: did you mean MAX_BATCH?"]


@pytest.mark.parametrize("name", ("BROKER_URL", "CACHE_URL"))
@pytest.mark.parametrize("url", ("kafka://user:hush@host", "memory", "user:hush@host", "://hush"))
def test_a_url_that_no_adapter_reaches_is_told_without_it(name: str, url: str) -> None:
    (problem,) = problems(**{name: url})

    assert problem.startswith(f"{name} must start with one of: memory://")
    assert "hush" not in problem


@pytest.mark.parametrize(
    ("name", "url"),
    (
        ("BROKER_URL", "amqp://user:hush/word@host"),
        ("BROKER_URL", "amqp://user:word@host:hush/"),
        ("CACHE_URL", "redis://:word@host:hush/0"),
        ("CACHE_URL", "redis://:hush@host/0?max_connections=many"),
    ),
)
def test_a_url_that_cannot_be_read_is_told_without_it(name: str, url: str) -> None:
    (problem,) = problems(**{name: url})

    assert problem.startswith(f"{name}: ")
    assert "cannot be read; write it as" in problem
    assert "hush" not in problem


def test_no_bindings_are_added_by_default() -> None:
    assert read().settings.bindings == ()


@pytest.mark.parametrize(
    ("given", "bindings"),
    (
        ("notification.#", ("notification.#",)),
        (
            " notification.greeted.*, notification.*.ada ",
            ("notification.greeted.*", "notification.*.ada"),
        ),
    ),
)
def test_bindings_are_separated_by_commas(given: str, bindings: tuple[str, ...]) -> None:
    assert read(BROKER_BINDINGS=given).settings.bindings == bindings


@pytest.mark.parametrize(
    ("name", "value"),
    (
        ("BROKER_BINDINGS", "a,,b"),
        ("BROKER_BINDINGS", ","),
        ("BROKER_BINDINGS", "a b"),
        ("BROKER_BINDINGS", "a" * 201),
        ("BROKER_QUEUE", "a b"),
        ("BROKER_QUEUE", "a" * 201),
        ("BROKER_EXCHANGE", "ж"),
        ("BROKER_PREFETCH", "65536"),
        ("BROKER_UNROUTED_LIMIT", "0"),
        ("DATABASE_CONNECTIONS", "1"),
    ),
)
def test_what_no_server_could_work_with_is_malformed(name: str, value: str) -> None:
    (problem,) = problems(**{name: value})

    assert problem.startswith(f"{name} is malformed")


def test_the_queue_is_named_after_the_project() -> None:
    assert read().settings.broker_queue == f"{read_project().slug}.notifications"


@pytest.mark.parametrize(
    "url", ("mysql://user:hush@host/db", "user:hush@host", "sqlite:hush", "://")
)
def test_a_database_that_no_dialect_speaks_is_told_without_its_url(url: str) -> None:
    (problem,) = problems(DATABASE_URL=url)

    assert problem.startswith("DATABASE_URL")
    assert "hush" not in problem


def test_production_is_refused_where_nobody_is_asked() -> None:
    (problem,) = problems(ENVIRONMENT="production")

    assert problem == "ENVIRONMENT=production needs AUTH=jwt"


@pytest.mark.parametrize(
    ("settings", "kept", "ingested"),
    (
        ({"RETENTION": "600"}, 600, 600),
        ({"RETENTION": "600", "JOURNAL_RETENTION": "0"}, 600, 600),
        # The journal knows which events are new: an event that it may have pruned is not ingested.
        ({"RETENTION": "600", "JOURNAL_RETENTION": "60"}, 60, 60),
        ({"RETENTION": "600", "JOURNAL_RETENTION": "6000"}, 6000, 600),
    ),
)
def test_the_journal_keeps_events_for_as_long_as_everything_unless_it_is_told(
    settings: dict[str, str], kept: float, ingested: float
) -> None:
    found = read(**settings).settings

    assert (found.journal_age_limit, found.ingest_age_limit) == (kept, ingested)


@pytest.mark.parametrize("value", ("-1", "inf", "nan", "1e10"))
def test_a_retention_of_the_journal_that_no_calendar_holds_is_malformed(value: str) -> None:
    (problem,) = problems(JOURNAL_RETENTION=value)

    assert problem.startswith("JOURNAL_RETENTION is malformed")


@pytest.mark.parametrize("name", ("RETENTION", "CACHE_TTL", "SHUTDOWN_GRACE"))
@pytest.mark.parametrize("value", ("0", "-1", "inf", "nan", "1e300", "1e10"))
def test_a_time_that_no_calendar_holds_is_malformed(name: str, value: str) -> None:
    (problem,) = problems(**{name: value})

    assert problem.startswith(f"{name} is malformed")


def test_an_unknown_kind_of_lifecycle_event_is_told() -> None:
    assert read().settings.lifecycle_kinds == ()
    assert read(LIFECYCLE_EVENTS="seen, job-failed").settings.lifecycle_kinds == (
        "seen",
        "job-failed",
    )
    assert problems(LIFECYCLE_EVENTS="seen,born") == [
        "LIFECYCLE_EVENTS names an unknown kind: use some of service-started, job-failed, "
        "dead-lettered, seen"
    ]


def test_a_delay_is_never_longer_than_half_of_what_a_consumer_ingests() -> None:
    assert read().settings.max_delay == 7 * 86_400
    assert read(RETENTION="1000").settings.max_delay == 500
    assert read(JOURNAL_RETENTION="600").settings.max_delay == 300
    assert read(OUTBOX_MAX_DELAY="60").settings.max_delay == 60


def test_a_placeholder_is_refused_in_production() -> None:
    url = "redis://:<secret:cache>@cache:6379/0"
    assert read(CACHE_URL=url).settings.cache_url == url

    found = problems(CACHE_URL=url, ENVIRONMENT="production")

    assert "CACHE_URL has the placeholder of an example: replace it" in found
