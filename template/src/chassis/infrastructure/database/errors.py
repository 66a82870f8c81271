"""The mapping of the driver's errors to the application's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chassis.application.errors import ConstraintViolated, Unavailable


def away(reason: str) -> Unavailable:
    """Return the error for an unreachable database; `reason` is for operators."""
    return Unavailable(reason, "the database does not answer: try again")


@contextmanager
def translated(describe_error: Callable[[DBAPIError], str | None]) -> Iterator[None]:
    """Raise `Unavailable` for an unreachable database, `ConstraintViolated` for a broken rule.

    `describe_error` returns the reason, without secrets, or `None` if it is no outage.
    An error that is neither, such as a wrong statement, is raised unchanged.
    """
    try:
        yield
    except PoolTimeout as error:
        raise away("the database is busy: no connection became free in time") from error
    except DBAPIError as error:
        reason = describe_error(error)
        if reason is not None:
            raise away(reason) from error
        if isinstance(error, IntegrityError):
            raise ConstraintViolated(f"the database does not allow this: {_rule(error)}") from error
        raise


def _rule(error: IntegrityError) -> str:
    """Return the name of the broken rule, without the values that broke it."""
    driver = error.orig.__cause__ if error.orig else None
    if driver is None:
        # SQLite names the constraint, or table and column, and nothing else.
        return str(error.orig)
    name = getattr(driver, "constraint_name", None) or getattr(driver, "column_name", None)
    return f"{type(driver).__name__} of {name}"
