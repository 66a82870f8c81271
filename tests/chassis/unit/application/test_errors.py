"""The errors of use cases: what callers are told of them."""

from chassis.application.errors import DeadlineExceeded, LockLost, Unavailable


def test_a_caller_is_told_nothing_of_the_servers() -> None:
    error = Unavailable("the database at db:5432 does not answer")

    assert str(error) == "the database at db:5432 does not answer"
    assert error.told == "a server behind the service does not answer: try again"
    assert Unavailable("at db:5432", "later").told == "later"


def test_a_caller_is_told_that_its_answer_took_too_long() -> None:
    error = DeadlineExceeded("no answer of the desk within 5 s")

    assert str(error) == "no answer of the desk within 5 s"
    assert error.told == "the answer took too long: try again"


def test_a_caller_whose_lock_was_lost_may_soon_try_again() -> None:
    error = LockLost("the lock invoices was lost")

    assert (str(error), error.retry_after) == ("the lock invoices was lost", 1)
