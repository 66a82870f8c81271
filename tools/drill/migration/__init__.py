"""A large database of the last release is migrated up, down and up again."""
