"""Executed notebooks as a site to browse and as slides to present, both without a network.

In: notebooks with their outputs. Out: one self-contained HTML file a notebook (plus a contents page for the site);
scripts, styles, formulas and pictures are all inside.

    python tools/publish.py site notebooks/*.ipynb --out site/ python tools/publish.py slides --out build/slides/
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import click
from bs4 import BeautifulSoup
from markupsafe import Markup

from chapters import Chapter, describe, failed_cells, read_notebook
from decks import export_deck
from exporter import SHELL, render_cells, write_offline
from formulas import PublishError
from helpers import config

BOOK = "Facial expressions"
LEAD = (
    "What can a machine read in a face, and how would we know? An open, reproducible study "
    "in notebooks: step through them, rerun them, present them."
)


def export_page(notebook_path: Path, out: Path, *, before: Chapter | None = None, after: Chapter | None = None) -> Path:
    """Write a notebook as one self-contained page."""
    chapter = describe(notebook_path)
    body = BeautifulSoup(render_cells(notebook_path, "cells"), "html.parser")
    page = SHELL.get_template("page.html.j2").render(
        book=BOOK,
        title=f"{chapter.number} {chapter.title}".strip(),
        contents=_contents(body),
        body=Markup(body),
        before=before,
        after=after,
    )
    return write_offline(Path(out) / chapter.page, page, notebook_path)


def write_site(notebooks: Sequence[Path], out: Path, *, report: Callable[[str], object] | None = None) -> Path:
    """Write a page for each notebook, in the order of their names, and the contents page."""
    problems, chapters = [], {}
    for path in sorted(map(Path, notebooks), key=lambda path: path.name):
        with _collect(problems):
            chapters[path] = describe(path)
    written = []
    order = [None, *chapters, None]
    for before, path, after in zip(order, order[1:-1], order[2:], strict=False):
        with _collect(problems):
            neighbours = {"before": chapters.get(before), "after": chapters.get(after)}
            page = export_page(path, out, **neighbours)
            written.append(chapters[path])
            if report:
                report(_line(page, path))
    index = write_index(written, out)
    if problems:
        raise PublishError("\n".join(problems))
    return index


def write_index(chapters: Sequence[Chapter], out: Path) -> Path:
    """Write the contents page: title, aim and a figure of each chapter."""
    page = SHELL.get_template("index.html.j2").render(book=BOOK, lead=LEAD, chapters=chapters)
    return write_offline(Path(out) / "index.html", page, "the contents page")


def _contents(body: BeautifulSoup) -> list[SimpleNamespace]:
    """List a page's headings; where two have the same name, make their anchors differ."""
    entries, seen = [], set()
    for heading in body.select(".prose > h2, .prose > h3"):
        anchor = heading.get("id") or "section"
        while anchor in seen:
            anchor += "-"
        seen.add(anchor)
        heading["id"] = anchor
        link = heading.find("a", class_="anchor-link")
        if link:
            link["href"] = f"#{anchor}"
            link["aria-label"] = "Link to this section"
        text = "".join(heading.find_all(string=True, recursive=True)).removesuffix("#")
        entries.append(SimpleNamespace(anchor=anchor, text=text.strip(), level=heading.name[1]))
    return entries


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main():
    """Publish executed notebooks: as a site to browse, or as slides to present."""


@main.command()
@click.argument("notebooks", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", default="site", show_default=True, type=click.Path(path_type=Path))
def site(notebooks, out):
    """Write a page for each of NOTEBOOKS, and a contents page."""
    problems = []
    with _collect(problems):
        click.echo(f"Open {write_site(notebooks, out, report=click.echo)}")
    _finish(problems)


@main.command()
@click.argument("notebooks", nargs=-1, type=click.Path(path_type=Path))
@click.option("--out", default="build/slides", show_default=True, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Open each deck in Chromium: does every slide fit?")
def slides(notebooks, out, check):
    """Write a deck for each of NOTEBOOKS (all of notebooks/ where none is named)."""
    problems = []
    notebooks = notebooks or sorted((config.HOME / "notebooks").glob("*.ipynb"))
    if not notebooks:
        problems.append(f"{config.HOME / 'notebooks'}: holds no notebook")
    for path in notebooks:
        with _collect(problems):
            click.echo(_line(export_deck(path, out, check=check), path))
    _finish(problems)


@contextmanager
def _collect(problems: list[str]) -> Iterator[None]:
    """Keep a problem for the end, so that the other notebooks still appear."""
    try:
        yield
    except PublishError as error:
        problems.append(str(error))


def _line(path: Path, source: Path) -> str:
    """Say what was written, and which errors it shows to its readers."""
    failures = "".join(f"\n  warning: shows an error in {failure}" for failure in failed_cells(read_notebook(source)))
    return f"{path}  {path.stat().st_size / 1e6:.1f} MB{failures}"


def _finish(problems: list[str]) -> None:
    for problem in problems:
        click.echo(f"error: {problem}", err=True)
    if problems:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
