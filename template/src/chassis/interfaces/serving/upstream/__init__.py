"""Code that depends on internals of uvicorn, httptools and websockets.

They have no public interface for it. Each module says what it depends on. A test fails if one of
these libraries has a version that was not tested.
"""

# The tested versions: major and minor number; of websockets, only the major number matters.
TESTED = {"httptools": "0.9", "uvicorn": "0.54", "websockets": "17"}
