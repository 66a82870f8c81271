"""The checks; each module finds the violations of one kind of promise."""
