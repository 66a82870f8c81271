"""Generated from `proto/` by `python -m scripts.proto`."""
