"""The statements of the fencing tokens, which every database understands."""

from sqlalchemy import text

# Only the holder of the lock mints a token for it, so no two get the same one.
MINT = text(
    "INSERT INTO fencing_tokens (name, token) "
    "SELECT CAST(:name AS VARCHAR), coalesce(max(token), 0) + 1 FROM fencing_tokens WHERE true "
    "ON CONFLICT (name) DO UPDATE SET token = excluded.token RETURNING token"
)

# A lock without a row may have had any token up to the greatest one.
RECORD = text(
    "INSERT INTO fencing_tokens (name, token) "
    "SELECT CAST(:name AS VARCHAR), CAST(:token AS BIGINT) WHERE :token > coalesce("
    "(SELECT token FROM fencing_tokens WHERE name = :name), "
    "(SELECT max(token) FROM fencing_tokens), 0) "
    "ON CONFLICT (name) DO UPDATE SET token = excluded.token "
    "WHERE fencing_tokens.token < excluded.token RETURNING token"
)

NEWEST = text(
    "SELECT coalesce((SELECT token FROM fencing_tokens WHERE name = :name), "
    "(SELECT max(token) FROM fencing_tokens), 0)"
)

FORGET = text("DELETE FROM fencing_tokens WHERE name = :name AND token = :token RETURNING token")
KEEP_GREATEST = text(
    "INSERT INTO fencing_tokens (name, token) VALUES ('', :token) "
    "ON CONFLICT (name) DO UPDATE SET token = excluded.token "
    "WHERE fencing_tokens.token < excluded.token"
)
