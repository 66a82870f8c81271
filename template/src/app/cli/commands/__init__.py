"""A module for each command, with a function `command`; a new file here is a new command."""
