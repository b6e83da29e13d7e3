"""What a notebook looks like when it is committed, and how to tell.

A committed notebook is exactly what ``make refresh`` wrote: executed in order from its present source, with the
rendered faces only, without errors and without a path of somebody's machine. A seal in its metadata (a hash over
sources and outputs) shows whether that still holds; so a notebook that was executed with real photographs and saved
from an editor cannot pass for a refreshed one.
"""

import ast
import base64
import hashlib
import json
import re
from pathlib import Path

import nbformat

from helpers.figures.saving import images_close

FIGURES = Path(__file__).resolve().parent.parent / "figures"
SEAL = "refreshed"
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|root|Users|work|tmp|opt|usr|var|private)/\w")
KEPT_CELL_METADATA = ("tags", "slideshow", "jupyter")


def write(path: Path, book: nbformat.NotebookNode, before: nbformat.NotebookNode) -> None:
    """Write an executed notebook in place, with old outputs where they mean the same."""
    keep_outputs(book, before)
    clean(book)
    book.metadata[SEAL] = seal(book)
    nbformat.write(book, path)


def clean(book: nbformat.NotebookNode) -> None:
    """Drop what editors and other machines leave in the metadata."""
    book.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
        | ({SEAL: book.metadata[SEAL]} if SEAL in book.metadata else {})
        | ({"rise": book.metadata["rise"]} if "rise" in book.metadata else {})
    )
    for number, cell in enumerate(book.cells):
        cell.id = f"cell-{number:02d}"
        kept = {key: cell.metadata[key] for key in KEPT_CELL_METADATA if key in cell.metadata}
        cell.metadata = nbformat.from_dict(kept)


def clean_file(path: Path) -> bool:
    """Clean a notebook's file in place and tell whether that changed it."""
    text = path.read_text(encoding="utf-8")
    book = nbformat.reads(text, as_version=4)
    clean(book)
    cleaned = nbformat.writes(book) + "\n"
    if cleaned != text:
        path.write_text(cleaned, encoding="utf-8")
    return cleaned != text


def seal(book: nbformat.NotebookNode) -> str:
    """Hash every cell's source and outputs."""
    content = [
        [cell.cell_type, cell.source, cell.get("execution_count"), cell.get("outputs", [])] for cell in book.cells
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:24]


def complaints(path: Path) -> list[str]:
    """List what keeps a notebook from being committed, a line each."""
    book = nbformat.read(path, as_version=4)
    code = [cell for cell in book.cells if cell.cell_type == "code" and cell.source.strip()]
    found = []
    if [cell.execution_count for cell in code] != list(range(1, len(code) + 1)):
        found.append("cells were not executed in order, once each")
    if any(output.output_type == "error" for cell in code for output in cell.outputs):
        found.append("an output is an error")
    if any(output.get("name") == "stderr" for cell in code for output in cell.outputs):
        found.append("an output is a warning or a bar on the error stream")
    if match := MACHINE_PATH.search(json.dumps([_without_pictures(c.outputs) for c in code])):
        found.append(f"an output shows a path of a machine ({match.group()}...)")
    if not found and book.metadata.get(SEAL) != seal(book):
        found.append("sources or outputs are not those that `make refresh` wrote")
    return [f"{path.name}: {line}; run `make refresh`" for line in found]


def keep_outputs(book: nbformat.NotebookNode, before: nbformat.NotebookNode) -> None:
    """Put back a cell's former outputs where source and meaning are the same."""
    former = {cell.source: cell for cell in before.cells if cell.cell_type == "code"}
    for cell in book.cells:
        old = former.get(cell.source)
        if cell.cell_type == "code" and old is not None and same(cell.outputs, old.outputs):
            cell.outputs = old.outputs


def same(new: list, old: list) -> bool:
    """Tell whether two lists of outputs agree, pictures within a tolerance."""
    if _without_pictures(new) != _without_pictures(old):
        return False
    pictures = [[o.data["image/png"] for o in x if "image/png" in o.get("data", {})] for x in (new, old)]
    return all(images_close(base64.b64decode(a), base64.b64decode(b)) for a, b in zip(*pictures, strict=True))


def _without_pictures(outputs: list) -> list:
    """Outputs as plain data without picture bytes and execution counts."""
    plain = json.loads(json.dumps(outputs))
    for output in plain:
        output.pop("execution_count", None)
        for kind in output.get("data", {}):
            if kind.startswith("image/"):
                output["data"][kind] = ""
            elif kind == "text/html":
                html = "".join(output["data"][kind])
                output["data"][kind] = re.sub(r"data:image/png;base64,[\w+/=]+", "", html)
    return plain


def figure_rows(paths: list[Path]) -> list[tuple[str, str, str]]:
    """Find every ``figures.save("name", figures.function(...))`` in the notebooks."""
    rows = []
    for path in paths:
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type != "code" or cell.source.lstrip().startswith("%"):
                continue
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "figures.save":
                    name, drawn = node.args
                    if not isinstance(drawn, ast.Call):
                        raise ValueError(
                            f"{path.name}: {ast.unparse(node)} hides which function draws the "
                            'figure; write figures.save("name", figures.function(...))'
                        )
                    rows.append((name.value, path.name, ast.unparse(drawn.func)))
    return rows


def figure_map(paths: list[Path]) -> str:
    """Write ``figures/README.md``: which notebook and which function makes each figure."""
    lines = [
        "# Figures",
        "",
        "Every picture here is made by a notebook; `make refresh` makes them again, and this page.",
        "None shows a photograph of a person: single faces are rendered, real data appears as",
        "averages and counts.",
        "",
        "| figure | notebook | function |",
        "|---|---|---|",
    ]
    lines += [
        f"| [{name}]({name}.png) | [{book}](../notebooks/{book}) | `helpers.{function}` |"
        for name, book, function in figure_rows(paths)
    ]
    return "\n".join(lines) + "\n"


def write_figure_map(paths: list[Path]) -> None:
    """Bring ``figures/README.md`` up to date and drop figures that no notebook makes any more."""
    names = {name for name, _, _ in figure_rows(paths)}
    for path in FIGURES.glob("*.png"):
        if path.stem not in names:
            path.unlink()
    (FIGURES / "README.md").write_text(figure_map(paths), encoding="utf-8")
