from base64 import b64encode
from urllib.parse import quote

import pytest
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from grpc import StatusCode

from chassis.application import errors
from chassis.application.context import new_context, use_context
from chassis.application.errors import ApplicationError, Busy
from chassis.domain.errors import Invalid
from chassis.interfaces.grpc.errors import STATUSES, code_of, metadata_of, to_status
from chassis.interfaces.grpc.refused import CutShort, GrpcRefused

DOMAIN = "my-service"
DONE = "the first 7 orders are placed"


def info(error: Exception) -> ErrorInfo:
    found = ErrorInfo()
    assert to_status(error, DOMAIN).details[0].Unpack(found)
    return found


def test_every_error_of_the_application_has_a_line() -> None:
    kinds = {each for each in vars(errors).values() if isinstance(each, type)}
    assert kinds <= STATUSES.keys()


def test_words_are_told_apart() -> None:
    words = [reason for _, reason in STATUSES.values()]
    # Missing, and not served here: two reasons for one word.
    assert len(set(words)) == len(words) - 1


def test_the_domain_is_the_service_that_made_the_error() -> None:
    assert info(ApplicationError("no")).domain == DOMAIN


@pytest.mark.parametrize("error", (Invalid("a", "b"), GrpcRefused("a", "b")))
def test_the_field_is_told(error: Exception) -> None:
    found = BadRequest()
    assert to_status(error, DOMAIN).details[1].Unpack(found)
    [violation] = found.field_violations
    assert (violation.field, violation.description) == ("a", "b")


def test_what_was_cut_short_has_its_causes_status_and_the_count() -> None:
    error = CutShort(Busy("no", 3), DONE, placed=7)

    assert code_of(error) is StatusCode.UNAVAILABLE
    assert to_status(error, DOMAIN).message == f"no ({DONE})"
    assert info(error).reason == "busy"
    assert dict(info(error).metadata) == {"placed": "7"}


def test_what_is_unforeseen_stays_in_also_where_it_cut_something_short() -> None:
    for error in (KeyError("hunter2"), CutShort(KeyError("hunter2"), DONE)):
        assert code_of(error) is StatusCode.INTERNAL
        assert b"hunter2" not in to_status(error, DOMAIN).SerializeToString()


@pytest.mark.parametrize("letter", ("a", "%", "ä", "😀", "\ud800"))
def test_the_status_is_short_whatever_the_text(letter: str) -> None:
    status = to_status(CutShort(Invalid(letter * 10_000, letter * 10_000), DONE), DOMAIN)
    _, details = metadata_of(status)
    # As it is sent, twice; from 8192 bytes on, clients refuse it and say that the stream is gone.
    sent = b64encode(details).decode() + quote(status.message)
    assert len(sent) < 4096


def test_the_request_is_told_where_there_is_one() -> None:
    assert len(to_status(ApplicationError("no"), DOMAIN).details) == 1
    with use_context(new_context("order-7")):
        assert b"order-7" in to_status(ApplicationError("no"), DOMAIN).details[1].value
