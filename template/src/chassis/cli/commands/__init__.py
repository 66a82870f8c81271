"""A module for each command, with a function `command`; a new file here is a new command.

A folder is a command with commands of its own, which its docstring explains.
"""
