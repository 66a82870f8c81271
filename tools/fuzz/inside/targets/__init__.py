"""One module for each target, of the shape that `tools.fuzz.inside.target` describes."""
