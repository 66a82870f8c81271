"""Programs that run in the rendered service's own environment, one in each file."""
