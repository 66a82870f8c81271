"""Runs the commands of a service's continuous integration on this machine."""
