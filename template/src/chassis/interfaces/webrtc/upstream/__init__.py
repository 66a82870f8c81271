"""Code that depends on internals of aiortc and aioice.

They have no public interface for it. Each module says what it depends on. A test fails if one of
these libraries has a version that was not tested.
"""

# The tested versions: major and minor number.
TESTED = {"aioice": "0.13", "aiortc": "1.16"}
