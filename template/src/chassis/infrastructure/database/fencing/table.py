"""The table of the fencing tokens."""

from sqlalchemy import BigInteger, Column, Table

from chassis.infrastructure.database.metadata import metadata
from chassis.infrastructure.database.types import Text

# A row for each lock that is held, or whose holder has died. Another one, without a name, has the
# greatest token of the locks that were released. So tokens grow, and the table does not.
fencing_tokens = Table(
    "fencing_tokens",
    metadata,
    Column("name", Text, primary_key=True),
    Column("token", BigInteger, nullable=False, index=True),
)
