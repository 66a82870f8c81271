"""The Markdown extension of the documentation site: it puts quotations in their places."""

from markdown import Extension, Markdown
from markdown.preprocessors import Preprocessor

from tools.excerpts import expand


class ExcerptExtension(Extension):
    """Puts `Excerpts` ahead of what finds code blocks."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  # Markdown's name
        """Join `md`."""
        md.preprocessors.register(Excerpts(md), "excerpts", 32)


class Excerpts(Preprocessor):
    """Expands the page that Markdown is about to read."""

    def run(self, lines: list[str]) -> list[str]:
        """Return the page with all its quotations."""
        return expand("\n".join(lines)).split("\n")


def makeExtension() -> ExcerptExtension:  # noqa: N802  # Markdown's name
    """Return the extension, as Markdown asks for it."""
    return ExcerptExtension()
