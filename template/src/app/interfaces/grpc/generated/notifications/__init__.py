"""Made from `proto/`: `python -m scripts.proto` makes it anew."""
