"""The runs of jobs: what has run, when, and how it ended."""
