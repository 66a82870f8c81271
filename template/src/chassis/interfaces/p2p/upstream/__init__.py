"""Code that depends on internals of iroh.

It has no public interface for it. Each module says what it depends on. A test fails if the library
has a version that was not tested.
"""

# The tested versions: major and minor number.
TESTED = {"iroh": "1.2"}
