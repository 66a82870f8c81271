"""The attack table: which attacks run on which surface, and how each of them ends."""
