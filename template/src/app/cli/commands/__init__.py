"""A module for each command; the chassis finds it by its name."""
