import pytest

from chassis.bootstrap.secrets import shown


@pytest.mark.parametrize(
    ("url", "expected"),
    (
        ("memory://", "memory://"),
        ("sqlite+aiosqlite:///var/app.db", "sqlite+aiosqlite:///var/app.db"),
        ("redis://cache:6379/0", "redis://cache:6379/0"),
        ("postgresql+asyncpg://ann:hush@db:5432/app", "postgresql+asyncpg://***@db:5432/app"),
        ("amqp://ann@mq/%2F", "amqp://***@mq/%2F"),
        ("amqps://mq/v?password=hush", "amqps://mq/v"),
        ("amqps://ann:hush@mq/v?password=hush", "amqps://***@mq/v"),
        ("amqp://ann:hu/sh@mq/v", "amqp://***@mq/v"),
        ("amqp://ann:hu@sh@mq/v", "amqp://***@mq/v"),
        ("amqp://ann:hu?sh@mq/v", "amqp://***"),
        ("amqp://mq/v?password=hu@sh", "amqp://***"),
    ),
)
def test_of_a_url_only_the_place_is_shown(url: str, expected: str) -> None:
    assert shown("BROKER_URL", url) == expected


@pytest.mark.parametrize(
    "name", ("AUTH_JWT_KEY", "DB_PASSWORD", "CLIENT_SECRET", "API_TOKEN", "SOME_HEADERS")
)
def test_a_secret_is_not_shown_but_whether_it_is_set(name: str) -> None:
    assert shown(name, "hush") == "***"
    assert shown(name, "amqp://hush") == "***"
    assert (shown(name, ""), shown(name, None)) == ("", None)


@pytest.mark.parametrize("value", (7, 1.5, True, None, "json", "notification.#"))
def test_anything_else_is_shown_as_it_is(value: object) -> None:
    assert shown("LOG_FORMAT", value) == value
