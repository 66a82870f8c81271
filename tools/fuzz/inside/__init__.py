"""The code that runs in the rendered service's own environment: the targets, and their driver."""
