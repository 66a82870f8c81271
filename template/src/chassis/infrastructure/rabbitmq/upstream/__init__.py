"""Code that depends on internals of aiormq and pamqp.

They have no public interface for it. Each module says what it depends on. A test fails if one of
these libraries has a version that was not tested.
"""

# The tested versions: major and minor number.
TESTED = {"aiormq": "7.2", "pamqp": "4.0"}
