"""The observability of a service: logs, metrics and traces."""
