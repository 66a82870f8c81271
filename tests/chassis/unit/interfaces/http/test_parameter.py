from datetime import datetime
from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta, Struct

from chassis.interfaces.http.parameter import NO_NUL, parameter_schema
from chassis.interfaces.http.query import parameters


class Query(Struct, frozen=True):
    name: str | None = None
    short: Annotated[str, Meta(min_length=1, max_length=3)] = "a"
    shaped: Annotated[str, Meta(pattern="^a$")] = "a"
    page: Annotated[int, Meta(ge=1, le=9)] = 1
    told: Annotated[int, Meta(extra_json_schema={"minimum": 2})] | None = None
    seen: bool | None = None
    since: Annotated[datetime, Meta(tz=True)] | None = None
    by: Literal["day", "hour"] = "day"


@pytest.mark.parametrize(
    ("name", "expected"),
    (
        ("name", {"type": "string", "pattern": NO_NUL}),
        ("short", {"type": "string", "minLength": 1, "maxLength": 3, "pattern": NO_NUL}),
        ("shaped", {"type": "string", "pattern": "^a$"}),
        ("page", {"type": "integer", "minimum": 1, "maximum": 9}),
        ("told", {"type": "integer", "minimum": 2}),
        ("seen", {"type": "boolean"}),
        ("since", {"type": "string", "format": "date-time"}),
        ("by", {"type": "string", "enum": ["day", "hour"]}),
    ),
)
def test_each_type_is_told_with_its_bounds(name: str, expected: dict[str, Any]) -> None:
    assert parameter_schema(parameters(Query)[name]).to_schema() == expected
