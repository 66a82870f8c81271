"""Redis, through redis-py: a cache, and a signal between replicas."""
