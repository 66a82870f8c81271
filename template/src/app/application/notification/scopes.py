"""The scopes of the notification's messages."""

WRITE = "notifications:write"
READ = "notifications:read"
