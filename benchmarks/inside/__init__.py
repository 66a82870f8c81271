"""What runs in the rendered service's own environment, each file as a program."""
