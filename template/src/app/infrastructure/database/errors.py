"""From the driver's errors to the application's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.application.errors import Unavailable


@contextmanager
def unavailable(explain: Callable[[DBAPIError], str | None]) -> Iterator[None]:
    """Turn the errors that mean a database out of reach into `Unavailable`.

    `explain` returns the reason, without secrets, or `None` for an error that is nobody's outage
    (a broken constraint, a wrong statement): that one goes on as it is.
    """
    try:
        yield
    except PoolTimeout as error:
        raise Unavailable("the database is busy: no connection became free in time") from error
    except DBAPIError as error:
        reason = explain(error)
        if reason is None:
            raise
        raise Unavailable(reason) from error
