"""Slides of a notebook as one HTML file with reveal.js inside.

In: an executed notebook whose cells carry slide types. Out: a deck that opens from a file, without a network, with its
speaker view.
"""

from importlib import resources
from pathlib import Path
from types import SimpleNamespace

from bs4 import BeautifulSoup
from markupsafe import Markup

from browser import offline_browser
from chapters import describe, read_notebook
from exporter import SHELL, render_cells, write_offline
from formulas import PublishError


def export_deck(notebook_path: Path, out: Path, *, check: bool = False) -> Path:
    """Write a notebook's slides as one self-contained reveal.js deck."""
    notebook_path = Path(notebook_path)
    chapter = describe(notebook_path)
    kinds = [c.metadata.get("slideshow", {}) for c in read_notebook(notebook_path).cells]
    if not any(kind.get("slide_type") == "slide" for kind in kinds):
        raise PublishError(
            f"{notebook_path}: no cell starts a slide; in JupyterLab open the Property Inspector "
            "(gear, upper right) and set a Slide Type, see slides/README.md"
        )
    body = BeautifulSoup(render_cells(notebook_path, "deck"), "html.parser")
    _arrange(body)
    deck = SHELL.get_template("deck.html.j2").render(
        title=f"{chapter.number} {chapter.title}".strip(), body=Markup(body), reveal=_reveal()
    )
    path = write_offline(Path(out) / f"{notebook_path.stem}.slides.html", deck, notebook_path)
    if check:
        _check_deck(path, notebook_path)
    return path


def _arrange(body: BeautifulSoup) -> None:
    """Drop slides with nothing on them; tell title and announcement slides from the others."""
    for canvas in body.select(".canvas"):
        shown = [part for part in canvas.select(".cell") if part.get_text(strip=True) or part.img]
        if not shown:
            canvas.parent.decompose()
    for stack in body.find_all("section", recursive=False):
        if not stack.find("section"):
            stack.decompose()
    canvases = body.select(".canvas")
    if canvases:
        canvases[0]["class"].append("title")
    for canvas in canvases[1:]:
        parts = canvas.select(".cell > *, .fragment")
        heading = canvas.select(".cell > h1, .cell > h2")
        lines = canvas.select(".cell > p:not(:has(.formula, img))")
        if heading and len(parts) == 1 + len(lines) and len(lines) < 2:
            canvas["class"].append("announce")


def _check_deck(path: Path, source: Path) -> None:
    """Refuse a deck that a browser cannot show whole."""
    try:
        with offline_browser() as browser:
            browser.open(path)
            crowded = browser.overflowing_slides()
    except FileNotFoundError as error:
        raise PublishError(str(error)) from error
    if crowded:
        lines = [f"  slide {number}: {'; '.join(parts[:3])}" for number, parts in crowded.items()]
        raise PublishError(f"{source}: too much on {len(crowded)} slides, show less or split:\n" + "\n".join(lines))


def _reveal() -> SimpleNamespace:
    """Read reveal.js out of the installed package that carries it."""
    folder = resources.files("sphinx_revealjs") / "_static" / "revealjs"
    try:
        script, notes, css = (
            Markup((folder / name).read_text("utf-8"))
            for name in ("dist/reveal.js", "plugin/notes/notes.js", "dist/reveal.css")
        )
    except FileNotFoundError as error:
        raise PublishError(
            f"sphinx-revealjs carries no {Path(error.filename).name}: install the version that requirements.lock names"
        ) from error
    return SimpleNamespace(script=script, notes=notes, css=css)
