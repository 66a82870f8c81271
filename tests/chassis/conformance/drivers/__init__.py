"""A driver for each transport, named like it, with a class `Driver`."""
