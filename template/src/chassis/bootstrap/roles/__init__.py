"""A module for each role that this project was generated with; each has a `Container`."""
