"""Programs that do the same work without the template, each in an environment of its own.

`NAME.py` is the program, and `NAME.txt` lists what its environment holds.
"""
