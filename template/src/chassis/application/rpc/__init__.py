"""Remote jobs: a message, and the answer of its handler in a worker."""
