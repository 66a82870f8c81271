"""The names that callers, brokers and token issuers see, in addition to the service's own."""

# The exchange that this service publishes to, unless `BROKER_EXCHANGE` says another.
EXCHANGE = "notifications"
# Its queue is `<project_slug>.notifications`, unless `BROKER_QUEUE` says another.
QUEUE = "notifications"
# The scope that holds all others and reads all subjects.
ADMIN_SCOPE = "notifications:admin"
