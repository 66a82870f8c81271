"""The terminal that commands print to."""

TERMINAL = {"NO_COLOR": "1", "COLUMNS": "200"}
