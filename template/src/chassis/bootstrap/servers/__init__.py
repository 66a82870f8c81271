"""A module for each server; each has its `SETTINGS` and a `build` function."""
