from tests.chaos.page import found, table

LINE = {"faults": 2, "accepted": 1500, "lost": 0, "doubled": 1, "slowest": 4.26}


def test_each_kind_is_a_line_and_the_run_is_told() -> None:
    kinds = {"redis killed": LINE}
    work = {"jobs run twice": 0, "writes under a lock": 1234}
    remote = {"answered": 4321, "unavailable": 2, "outcome-unknown": 1, "unanswered": 0}
    report = {"seed": 7, "seconds": 3605.2, "rate": 280.0, "kinds": kinds, "all": LINE}
    accepted = {"order.placed.v1": 300, "notification.registered.v1": 1200}

    _, _, kind, whole, *work_table, told = table(
        {
            **report,
            "accepted": accepted,
            "findings": [{}],
            "work": work,
            "remote": remote,
            "transports": {"http": 1400, "tcp": 100},
        },
        "2026-01-02",
    )

    assert kind == "| redis killed | 2 | 1,500 | 0 | 1 | 4.3 s |"
    assert whole == "| **all** | 2 | 1,500 | 0 | 1 | 4.3 s |"
    assert work_table == [
        "",
        "| work of the workers | |",
        "|---|--:|",
        "| jobs run twice | 0 |",
        "| writes under a lock | 1,234 |",
        "",
        "Remote calls: 4,321 answered, 3 with typed errors"
        " (1 outcome-unknown, 2 unavailable), 0 without an end.",
        "",
    ]
    assert told == (
        "2026-01-02, seed 7, 3,605 s, 280 items a second asked for."
        " Accepted: 1,200 of notification.registered.v1, 300 of order.placed.v1;"
        " 1,400 over http, 100 over tcp. Findings: 1."
    )


def test_each_mutant_is_a_line() -> None:
    mutant = {"name": "no outbox", "faults": "producer killed", "found": "lost (2)"}

    _, _, line, other, _, told = found(
        [{**mutant, "is_right": True}, {**mutant, "is_right": False}], "2026-01-02"
    )

    assert line == "| no outbox | producer killed | lost (2) | ✓ |"
    assert other.endswith("| ✗ |")
    assert told == "2026-01-02."
