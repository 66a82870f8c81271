"""Code that depends on internals of aioquic.

It has no public interface to bound a connection's memory, to know what a client has acknowledged,
or to ask for a client's certificate. Each module says what it depends on. A test fails if aioquic
has a version that was not tested.
"""

# The tested version: major and minor number.
TESTED = {"aioquic": "1.7"}
