"""Notebooks as chapters of a book.

In: the path of an executed notebook. Out: its content, checked, and what a contents page says about it: title, aim,
picture.
"""

import base64
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
from bs4 import BeautifulSoup
from PIL import Image

from formulas import PublishError, markdown_to_html

#: A figure on the contents page, in pixels: sharp at twice the width it is shown at.
THUMBNAIL_WIDTH = 720


@dataclass(frozen=True)
class Chapter:
    """What other pages say about a notebook."""

    page: str  # the page's file name
    number: str  # "01", or "" where the file name has none
    title: str  # without the number
    aim: str  # one paragraph, as HTML
    thumbnail: str  # the first figure as a data URI, or ""


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """Read a notebook that is ready to publish."""
    path = Path(path)
    if not path.is_file():
        there = sorted(other.name for other in path.parent.glob("*.ipynb"))
        known = f"; there are {', '.join(there)}" if there else ""
        raise PublishError(f"{path}: no such notebook{known}")
    try:
        notebook = nbformat.read(path, as_version=4)
    except (json.JSONDecodeError, nbformat.reader.NotJSONError, UnicodeDecodeError) as error:
        raise PublishError(f"{path}: not a notebook, its content is not JSON") from error
    except (nbformat.ValidationError, KeyError, AttributeError) as error:
        raise PublishError(f"{path}: not a valid notebook ({error})") from error
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    if code and not any(cell.outputs or cell.get("execution_count") for cell in code):
        raise PublishError(
            f"{path}: none of its {len(code)} code cells was run, so there is nothing to show; "
            "run it first (in JupyterLab: Run > Run All Cells, then save)"
        )
    return notebook


def failed_cells(notebook: nbformat.NotebookNode) -> list[str]:
    """Name the errors that a notebook's outputs hold, as ``cell 7: ValueError``."""
    return [
        f"cell {number}: {output.ename}"
        for number, cell in enumerate(notebook.cells, start=1)
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]


def describe(path: Path) -> Chapter:
    """Collect a notebook's title, aim and first figure."""
    path = Path(path)
    notebook = read_notebook(path)
    prose = "\n\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    try:
        rendered = markdown_to_html(prose, anchors=False, folder=str(path.parent))
    except PublishError as error:
        raise PublishError(f"{path}: {error}") from error
    text = BeautifulSoup(rendered, "html.parser")
    heading = text.find("h1")
    written = heading.get_text(" ", strip=True) if heading else path.stem.replace("_", " ")
    number, title = re.match(r"(\d*)[\s·:.–-]*(.*)", written, re.DOTALL).groups()
    aim = text.find(["h2", "h3"], string=re.compile(r"^\s*Aims?\b", re.IGNORECASE)) or heading
    paragraph = aim.find_next("p") if aim else text.find("p")
    for link in paragraph.find_all("a") if paragraph else []:
        link.unwrap()  # the whole entry will be a link
    return Chapter(
        page=f"{path.stem}.html",
        number=number or re.match(r"\d*", path.stem)[0],
        title=title or written,
        aim=paragraph.decode_contents() if paragraph else "",
        thumbnail=_thumbnail(notebook),
    )


def _thumbnail(notebook: nbformat.NotebookNode) -> str:
    """Scale the first figure, or the one tagged ``thumbnail``, for the contents page."""
    cells = sorted(notebook.cells, key=lambda c: "thumbnail" not in c.metadata.get("tags", []))
    for cell in cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            raster = data.get("image/png") or data.get("image/jpeg")
            if raster:
                picture = Image.open(io.BytesIO(base64.b64decode(raster)))
                picture.thumbnail((THUMBNAIL_WIDTH, 2 * THUMBNAIL_WIDTH))
                small = io.BytesIO()
                picture.save(small, "PNG", optimize=True)
                return f"data:image/png;base64,{base64.b64encode(small.getvalue()).decode()}"
            if "image/svg+xml" in data:
                drawing = "".join(data["image/svg+xml"]).encode()
                return f"data:image/svg+xml;base64,{base64.b64encode(drawing).decode()}"
    return ""
