"""Real servers for tests and for development: PostgreSQL, RabbitMQ and Redis.

`fixtures` is what tests ask for; `python -m tests.servers` starts all three and prints the
settings that reach them. Each is, in this order,

1. what a variable names: `TEST_DATABASE_URL`, `TEST_BROKER_URL`, `TEST_CACHE_URL`,
2. a throwaway one, from a program of this machine (`postgresql`, `rabbitmq`, `redis`),
3. a container, where Docker or Podman runs (`containers`),
4. missing: the test is skipped and says what to install, or fails where `REQUIRE_SERVICES=1`.

One that does not start, is too old or lacks a part, such as TimescaleDB, counts as missing: each
kind says so (`fault_at`).
"""
