"""What commands are told of the terminal that they print to."""

TERMINAL = {"NO_COLOR": "1", "COLUMNS": "200"}
