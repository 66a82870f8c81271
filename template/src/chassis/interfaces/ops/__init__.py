"""The operator's port: health, readiness and metrics."""
