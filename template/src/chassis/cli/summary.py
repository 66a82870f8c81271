"""The summary of a command in one line, for the list of all commands."""

import ast
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec


def summary_of(module: str) -> str:
    """Return the first sentence of the docstring of a module's function `command`.

    Read from its source, without an import: ten commands take a second to load. It is missing if
    only compiled files are installed.
    """
    spec = find_spec(module)
    loader = spec.loader if spec is not None else None
    source = loader.get_source(module) if isinstance(loader, SourceFileLoader) else None
    for node in ast.parse(source or "").body:
        if isinstance(node, ast.FunctionDef) and node.name == "command":
            return (ast.get_docstring(node) or "").partition("\n\n")[0].replace("\n", " ")
    return ""
