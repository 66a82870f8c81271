"""Services that were made from a release, edited by a user, and brought forward."""
