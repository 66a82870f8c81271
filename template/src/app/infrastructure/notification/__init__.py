"""The notification aggregate's table, repository and transaction."""
