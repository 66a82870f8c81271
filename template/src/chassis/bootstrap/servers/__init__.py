"""A module for each server; each has its `Settings` and a `build` function."""
