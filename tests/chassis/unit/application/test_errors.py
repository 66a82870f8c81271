"""The sentences for callers, and for operators, of the errors of use cases."""

import pytest

from chassis.application.errors import (
    DeadlineExceeded,
    LockLost,
    NoWorker,
    OutcomeUnknown,
    Unavailable,
)


def test_a_caller_is_told_nothing_of_the_servers() -> None:
    error = Unavailable("the database at db:5432 does not answer")

    assert str(error) == "the database at db:5432 does not answer"
    assert error.told == "a server behind the service does not answer: try again"
    assert Unavailable("at db:5432", "later").told == "later"


@pytest.mark.parametrize(
    ("kind", "told"),
    (
        (DeadlineExceeded, "the answer took too long: try again"),
        (OutcomeUnknown, "the answer was lost: the work may have been done, or not"),
        (NoWorker, "no worker runs this job at the moment: try again"),
    ),
)
def test_a_caller_without_an_answer_is_told_whether_to_try_again(
    kind: type[DeadlineExceeded | OutcomeUnknown | NoWorker], told: str
) -> None:
    error = kind("job tidy of worker w-1")

    assert (str(error), error.told) == ("job tidy of worker w-1", told)


def test_a_caller_whose_lock_was_lost_may_soon_try_again() -> None:
    error = LockLost("the lock invoices was lost")

    assert (str(error), error.retry_after) == ("the lock invoices was lost", 1)
