"""Markdown to HTML that needs no script and no network to show a formula.

In: the Markdown of a notebook cell. Out: HTML with formulas as MathML, which every current browser draws by itself;
local pictures embedded; links between notebooks turned into links between their pages.
"""

import base64
import html
import mimetypes
import re
from pathlib import Path

from latex2mathml.converter import convert
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from helpers import config

#: Environments that only group lines: the converter knows them under another name, or not at all.
_SAME_AS = {"equation": None, "equation*": None, "aligned": "align*", "gather": "align*"}


#: Functions that the converter sets like letters, with no space to their neighbours.
_FUNCTION = re.compile(
    r"(?P<left>[\w})\]]\s*)?(?P<name>\\(?:log|ln|lg|exp|sin|cos|tan)(?![A-Za-z]))"
    r"(?P<scripts>(?:\s*[_^]\s*(?:\{[^{}]*\}|[^\s\\{]))*)(?P<right>\s*(?=[\w\\])(?!\\(?:left|big|,)))?"
)


class PublishError(Exception):
    """A notebook cannot be published; the message says which one and what to do."""


def to_mathml(latex: str, *, block: bool = False) -> str:
    r"""Turn one LaTeX formula into MathML.

    Examples
    --------
    >>> to_mathml("p_k")[-47:]
    '<msub><mi>p</mi><mi>k</mi></msub></mrow></math>'
    >>> to_mathml(r"\probability x")
    Traceback (most recent call last):
    ...
    formulas.PublishError: unknown command \probability in the formula $\probability x$
    """
    source = re.sub(r"\\(begin|end)\{([a-z]+\*?)\}", _known_environment, latex.strip())
    if source.count("{") != source.count("}"):
        raise PublishError(f"a brace is left open in the formula ${latex.strip()}$")
    source = _FUNCTION.sub(_spaced, source)
    try:
        mathml = convert(source, display="block" if block else "inline")
    except Exception as error:  # the converter has a dozen exception types of its own
        reason = type(error).__name__
        raise PublishError(f"{reason} in the formula ${latex.strip()}$") from error
    # What the converter does not know it copies as a letter, backslash and all.
    if unknown := re.search(r">(\\[A-Za-z]+)<", mathml):
        raise PublishError(f"unknown command {unknown[1]} in the formula ${latex.strip()}$")
    return re.sub(r"&(?![#\w]+;)", "&amp;", mathml)


def _known_environment(match: re.Match) -> str:
    name = _SAME_AS.get(match[2], match[2])
    return f"\\{match[1]}{{{name}}}" if name else ""


def _spaced(match: re.Match) -> str:
    left = f"{match['left']}\\," if match["left"] else ""
    right = r"\, " if match["right"] is not None else ""
    return f"{left}{match['name']}{match['scripts']}{right}"


class OfflineRenderer(IPythonRenderer):
    """nbconvert's Markdown renderer, with nothing left to do for the reader's browser."""

    def inline_math(self, body: str) -> str:
        """Draw ``$...$``."""
        return to_mathml(body)

    def block_math(self, body: str) -> str:
        """Draw ``$$...$$``."""
        return f'<span class="formula">{to_mathml(body, block=True)}</span>'

    def latex_environment(self, name: str, body: str) -> str:
        r"""Draw ``\begin{...}...\end{...}``."""
        return self.block_math(f"\\begin{{{name}}}{body}\\end{{{name}}}")

    def block_mermaidjs(self, code: str) -> str:
        """Show a diagram's source: drawing it would need a script from the network."""
        return f"<pre><code>{html.escape(code)}</code></pre>"

    def link(self, text: str, url: str, title: str | None = None) -> str:
        """Lead from chapter to chapter, not from page to notebook file."""
        if "://" not in url:
            url = re.sub(r"\.ipynb(?=$|#)", ".html", url)
        return super().link(text, url, title)

    def _html_embed_images(self, html: str) -> str:
        """Embed pictures of HTML in Markdown and touch nothing else.

        nbconvert parses each piece of HTML by itself here, and so closes a ``<details>`` before the Markdown that it
        should hold.
        """
        return re.sub(
            r"""(<img\b[^>]*?\bsrc\s*=\s*["'])([^"']+)""",
            lambda match: match[1] + (self._src_to_base64(match[2]) or match[2]),
            html,
            flags=re.IGNORECASE,
        )

    def _src_to_base64(self, src: str) -> str | None:
        """Embed a local picture, wherever it lies; nbconvert stops at the notebook's folder."""
        if src.startswith(("data:", "http:", "https:", "//")):
            return None  # what is remote is refused later, with the element that asks for it
        # An executed copy lies elsewhere than the notebook whose pictures it names.
        places = (Path(self.path, src), config.HOME / "notebooks" / src)
        picture = next(filter(Path.is_file, places), None)
        if picture is None:
            raise PublishError(f"the picture {src} does not exist: correct the path in the cell")
        kind = mimetypes.guess_type(picture.name)[0] or "image/png"
        return f"data:{kind};base64,{base64.b64encode(picture.read_bytes()).decode('ascii')}"


def markdown_to_html(source: str, *, folder: str = "", attachments=None, anchors=True) -> str:
    """Render the Markdown of one cell."""
    renderer = OfflineRenderer(
        escape=False,
        attachments=attachments,
        embed_images=True,
        path=folder,
        anchor_link_text="#",
        exclude_anchor_links=not anchors,
    )
    return MarkdownWithMath(renderer=renderer).render(source)
