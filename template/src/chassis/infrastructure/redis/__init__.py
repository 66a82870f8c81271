"""Redis, through redis-py: a cache, and wake-ups between replicas."""
