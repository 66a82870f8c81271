"""The work of the workers: under a lock, as durable jobs, and for callers of remote jobs."""
