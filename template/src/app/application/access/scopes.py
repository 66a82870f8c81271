"""What a caller may do at all; which receivers it may read is another question."""

WRITE = "notifications:write"
READ = "notifications:read"
# Holds the others, and reads all receivers.
ADMIN = "notifications:admin"
