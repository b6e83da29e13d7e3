"""Cells of a notebook to HTML that works without a network.

In: an executed notebook. Out: HTML made with nbconvert and the templates of ``slides/templates``, checked for anything
that a browser would fetch.
"""

import re
from pathlib import Path

import jinja2
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter

from chapters import read_notebook
from formulas import PublishError, markdown_to_html
from helpers import config
from helpers.system import write_text

TEMPLATES = config.HOME / "slides" / "templates"

#: The pages around the cells.
SHELL = jinja2.Environment(
    loader=jinja2.FileSystemLoader(TEMPLATES / "shell"),
    autoescape=lambda name: name is not None and ".html" in name,
    undefined=jinja2.StrictUndefined,
)


class CellExporter(HTMLExporter):
    """nbconvert's exporter with templates of our own, whose Markdown needs no script."""

    def __init__(self, template: str, **settings):
        super().__init__(
            template_name=template,
            extra_template_basedirs=[str(TEMPLATES)],
            extra_template_paths=[str(TEMPLATES)],
            **settings,
        )

    @property
    def default_config(self):
        """Prefer what a page can show by itself: no widgets, no scripts."""
        settings = super().default_config
        settings.NbConvertBase.display_data_priority = [
            "text/html",
            "text/markdown",
            "image/svg+xml",
            "image/png",
            "image/jpeg",
            "text/latex",
            "text/plain",
        ]
        return settings

    @jinja2.pass_context
    def markdown2html(self, context, source):
        """Render Markdown with formulas as MathML and pictures embedded."""
        folder = context.get("resources", {}).get("metadata", {}).get("path", "")
        attachments = context.get("cell", {}).get("attachments", {})
        anchors = self.template_name != "deck"
        return markdown_to_html(source, folder=folder, attachments=attachments, anchors=anchors)


def remote_resources(html: str) -> list[str]:
    """List what a page would load from the network: scripts, styles, pictures, frames.

    Examples
    --------
    >>> remote_resources('<a href="https://a.org">a</a> <img src="https://b.org/b.png">')
    ['img https://b.org/b.png']
    """
    found = []
    for tag in BeautifulSoup(html, "html.parser").find_all(True):
        loads = {"src", "srcset", "poster", "data", "xlink:href", "background", "style"}
        values = [str(v) for k, v in tag.attrs.items() if k in loads]
        if tag.name in ("link", "image", "use", "base"):
            values.append(str(tag.get("href", "")))
        if tag.name == "style":
            values += re.findall(r"(?:url\(|@import)[^;)]*", tag.string or "")
        for value in values:
            if value.startswith("data:"):
                continue
            found += [f"{tag.name} {url}" for url in re.findall(r"(?:https?:)?//[^\s'\",)]+", value)]
    return found


def render_cells(notebook_path: Path, template: str) -> str:
    """Turn a notebook's cells into HTML."""
    notebook_path = Path(notebook_path)
    notebook = read_notebook(notebook_path)
    heading = notebook_path.stem
    for cell in notebook.cells:  # a figure without a description is described by its heading
        if cell.cell_type == "markdown":
            heading = (re.findall(r"^#+\s+(.+)$", cell.source, re.MULTILINE) or [heading])[-1]
        elif cell.outputs:
            cell.metadata.setdefault("alt", f"Figure: {heading}")
    where = {"metadata": {"path": str(notebook_path.parent), "name": notebook_path.stem}}
    try:
        return CellExporter(template).from_notebook_node(notebook, where)[0]
    except PublishError as error:
        raise PublishError(f"{notebook_path}: {error}") from error


def write_offline(path: Path, html: str, source: Path | str) -> Path:
    """Write a page whole or not at all, and only if it needs nothing from the network."""
    if remote := remote_resources(html):
        raise PublishError(
            f"{source}: asks the network for {', '.join(remote[:3])}; "
            "save the file beside the notebook and refer to it there"
        )
    write_text(path, html)
    return path
