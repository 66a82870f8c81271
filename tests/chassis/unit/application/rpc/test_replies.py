"""The errors of a worker's handler are raised again at the caller."""

import msgspec
import pytest

from chassis.application.errors import (
    ApplicationError,
    Busy,
    DeadlineExceeded,
    LockHeld,
    LockLost,
    NotFound,
    NoWorker,
    OutcomeUnknown,
    Unavailable,
)
from chassis.application.rpc.errors import JobFailed
from chassis.application.rpc.replies import (
    ReplyError,
    encode_error,
    encode_result,
    raise_error,
    word_of,
)
from chassis.domain.errors import Invalid


class Sold(NotFound):
    """A user's own error."""


def travelled(error: Exception) -> Exception:
    """Return the error as the caller gets it."""
    reply = msgspec.json.decode(encode_error(error), type=dict[str, ReplyError])
    with pytest.raises((ApplicationError, Invalid, JobFailed)) as raised:
        raise_error(reply["error"])
    return raised.value


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    (
        (NotFound("no kiln"), NotFound, "no kiln"),
        (Sold("it is sold"), NotFound, "it is sold"),
        (ApplicationError("no"), ApplicationError, "no"),
        (LockLost("lost"), LockLost, "lost"),
        (Invalid("what", "must be good"), Invalid, "what: must be good"),
        (
            KeyError("secret"),
            JobFailed,
            "the job failed: the log of its worker has the reason",
        ),
    ),
)
def test_an_error_travels_with_its_kind_and_its_sentence(
    error: Exception, kind: type[Exception], text: str
) -> None:
    found = travelled(error)

    assert (type(found), str(found)) == (kind, text)


@pytest.mark.parametrize("error", (Busy("full", 7), LockHeld("held", 3)), ids=("busy", "held"))
def test_a_busy_error_travels_with_its_time(error: Busy) -> None:
    found = travelled(error)

    assert isinstance(found, Busy)
    assert (type(found), str(found), found.retry_after) == (
        type(error),
        str(error),
        error.retry_after,
    )


def test_a_busy_error_without_a_time_has_a_second() -> None:
    with pytest.raises(Busy) as raised:
        raise_error(ReplyError(kind="busy", message="full"))

    assert raised.value.retry_after == 1


@pytest.mark.parametrize(
    "error",
    (Unavailable("db:5432"), DeadlineExceeded("5 s"), OutcomeUnknown("w-1"), NoWorker("Do")),
    ids=("away", "late", "unknown", "nobody"),
)
def test_an_outage_travels_with_the_sentence_for_callers(error: Unavailable) -> None:
    found = travelled(error)

    assert isinstance(found, Unavailable)
    assert (type(found), found.told, str(found)) == (type(error), error.told, error.told)


def test_a_kind_that_this_version_does_not_know_is_a_plain_error() -> None:
    with pytest.raises(ApplicationError, match=r"^new$") as raised:
        raise_error(ReplyError(kind="of-a-later-version", message="new"))

    assert type(raised.value) is ApplicationError


def test_an_answer_is_under_its_name() -> None:
    assert encode_result(None) == b'{"result":null}'
    assert [word_of(each) for each in (Invalid("a", "b"), Sold(""), KeyError())] == [
        "invalid",
        "not-found",
        "internal",
    ]
