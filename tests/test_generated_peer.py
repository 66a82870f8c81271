from benchmarks.generated_peer import settings


def test_the_generated_service_has_our_servers_in_its_own_settings() -> None:
    found = settings(
        {
            "DATABASE_URL": "postgresql+asyncpg://me:p%40ss@127.0.0.1:5433/generated",
            "BROKER_URL": "amqp://guest:g%2F@127.0.0.1:5673/%2Fbench",
        }
    )

    database = [found[f"PEER_DB_{name}"] for name in ("HOST", "PORT", "USER", "PASS", "BASE")]
    assert database == ["127.0.0.1", "5433", "me", "p@ss", "generated"]
    broker = [found[f"PEER_RABBIT_{name}"] for name in ("PORT", "USER", "PASS", "VHOST")]
    assert broker == ["5673", "guest", "g/", "/bench"]
