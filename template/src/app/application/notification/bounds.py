"""The bounds of a query's fields, for the use cases that check them and for the schemas.

The types show them, but decoding does not check them: a use case refuses in its own words.
"""

from typing import Annotated

from msgspec import Meta

MAX_SIZE = 200
MAX_REACH = 10_000
# Bytes of free-form data. A page is complete or refused, so twenty of the largest notifications
# must fit. A slice may end early, and the next one continues.
PAGE_BYTES = 20 * 2**20
SLICE_BYTES = 8 * 2**20
BUCKET = "([1-9][0-9]{0,4})([smhd])"
# The last id of the slice before, a UUIDv7 in hex digits; empty, a list begins at its newest.
CURSOR = "([0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15})?"

type PageNumber = Annotated[int, Meta(extra_json_schema={"minimum": 1, "maximum": MAX_REACH})]
type PageSize = Annotated[int, Meta(extra_json_schema={"minimum": 1, "maximum": MAX_SIZE})]
type Bucket = Annotated[str, Meta(extra_json_schema={"pattern": f"^{BUCKET}$"})]
type Cursor = Annotated[str, Meta(extra_json_schema={"pattern": f"^{CURSOR}$"})]
