"""What data is there? In: a file or a folder. Out: the data sets that lie in it, the best first.

Nothing is read here but names and first lines.
"""

import itertools
import logging
import os
from dataclasses import dataclass, replace
from pathlib import Path

from helpers import config
from helpers.datasets import arrays, parquet
from helpers.datasets.fer2013_csv import COLUMNS, HEADER, header_columns
from helpers.datasets.ferplus import FILE_NAME as VOTES
from helpers.datasets.folders import find_pictures, knows_classes
from helpers.datasets.label_lists import find_layout
from helpers.datasets.names import split_name
from helpers.datasets.trees import first_names, is_archive, open_tree
from helpers.datasets.utkface import is_utkface
from helpers.faces import DataError
from helpers.faces.pictures import is_picture

#: The word that stands for the built-in faces.
RENDERED = "rendered"

#: Layouts, those that tell most about FER-2013 first: this is the order of preference.
LAYOUTS = {
    "csv": "table of pixels",
    "parquet": "Parquet file",
    "npz": "NumPy file",
    "folders": "class-named folders",
    "utkface": "UTKFace by file names",
    "labels": "pictures with a list of labels (CK+, JAFFE, KDEF, RAF-DB, AffectNet, ExpW, any CSV)",
}
_TABLES = ("fer2013.csv", "icml_face_data.csv")
_DEPTH = 4  # folders within folders
_SOME = 100  # files that are enough to tell what a folder holds

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Source:
    """A data set that was found.

    `path` is a file or a folder, `layout` one of `LAYOUTS`. `member` is the table's name inside an archive, `votes` the
    FER+ table that lies beside.
    """

    path: Path
    layout: str
    member: str | None = None
    votes: Path | None = None

    def __str__(self) -> str:
        inside = f" ({self.member})" if self.member else ""
        return f"{self.path.name}{inside}{f' + {self.votes.name}' if self.votes else ''}"


def resolve_source(source: str | Path | None) -> str | Path | None:
    """Return where to look: `source`, or what ``FER_DATA`` says, or None for ``data/raw/``."""
    said = source if source is not None else os.environ.get("FER_DATA") or None
    if said is None or str(said) == RENDERED:
        return said
    path = Path(said).expanduser()
    if not path.exists():
        by = "" if source is not None else "FER_DATA says so, but "
        raise DataError(f"{by}{said} does not exist: give a file, a folder, or {RENDERED!r}")
    return path


def find_sources(path: Path | None = None) -> list[Source]:
    """Find the data sets in a file or folder; without one, under ``data/raw/``.

    Returns
    -------
    list of Source
        In order of preference: by layout as in `LAYOUTS`, tables with votes first, then by name. Class-named folders
        under ``data/raw/`` count only if two or more are named after expressions; in a folder that was named
        explicitly, any names do.
    """
    if path is not None and path.is_file():
        return [_file(path)]
    root = path or config.RAW
    found = _search(root, True, _DEPTH)
    if path is not None and not any(one.layout == "csv" for one in found) and _has_labels(path):
        return [Source(path, "labels")]
    if not found and path is not None:
        found = _search(root, False, _DEPTH)
    found = [_with_votes(source, root) for source in found]
    order = list(LAYOUTS)
    return sorted(found, key=lambda s: (order.index(s.layout), s.votes is None, bool(s.member), str(s.path)))


def _file(path: Path) -> Source:
    """Say what a file is that someone has named explicitly."""
    if path.name == VOTES:
        raise DataError(f"{VOTES} holds votes and no faces: name fer2013.csv beside it")
    source = _identify(path, False)
    if source is None:
        raise DataError(f"{path.name} is no known kind of data: {', '.join(LAYOUTS.values())}")
    return _with_votes(source, path.parent)


def _search(folder: Path, careful: bool, depth: int) -> list[Source]:
    """Find data sets in a folder and in those below it."""
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        entries = sorted((e for e in entries if not e.name.startswith(".")), key=lambda e: e.name)
    files = [entry.name for entry in entries if entry.is_file()]
    folders = [entry.name for entry in entries if entry.is_dir()]
    if is_utkface(tuple(files)):
        return [Source(folder, "utkface")]
    others = (folder / name for name in files if not is_picture(name))
    found = [source for path in others if (source := _found_file(path))]
    pictures = find_pictures(_samples(folder, folders))
    if pictures and (not careful or knows_classes(pictures)):
        found.append(Source(folder, "folders"))
        taken = {name.split("/")[0] for name, _, _ in pictures}
        folders = [name for name in folders if name not in taken]
    if depth:
        for name in folders:
            found += _search(folder / name, careful, depth - 1)
    return found


def _found_file(path: Path) -> Source | None:
    """Say what a file is that happened to be there, if it is anything."""
    try:
        return _identify(path, True)
    except DataError as error:
        log.warning("Passed over: %s", error)
        return None


def _identify(path: Path, careful: bool) -> Source | None:
    """Say what a file is by its name and, if `careful`, by what it holds."""
    holds_faces = {".csv": _is_table, ".parquet": parquet.has_faces, ".npz": arrays.has_faces}
    if (ending := path.suffix.lower()) in holds_faces:
        return Source(path, ending[1:]) if not careful or holds_faces[ending](path) else None
    return _archive(path, careful) if is_archive(path) else None


def _archive(path: Path, careful: bool) -> Source | None:
    if is_utkface(first_names(path, _SOME)):
        return Source(path, "utkface")
    with open_tree(path) as tree:
        for name in tree.names:
            if name.lower().endswith(".csv"):
                with tree.open(name) as file:
                    if set(COLUMNS) <= set(header_columns(file.readline(HEADER))):
                        return Source(path, "csv", member=name)
        if not careful and find_layout(tree):
            return Source(path, "labels")
        pictures = find_pictures(tree.names)
    return Source(path, "folders") if pictures and (not careful or knows_classes(pictures)) else None


def _has_labels(folder: Path) -> bool:
    """Return whether a folder that was named explicitly holds a list of labels."""
    with open_tree(folder) as tree:
        return find_layout(tree) is not None


def _with_votes(source: Source, root: Path) -> Source:
    """Add the FER+ table, which lies beside a table of pixels or in a folder near it."""
    if source.layout != "csv":
        return source
    folders = (source.path.parent, root)
    near = sorted(path for folder in folders for path in folder.glob(f"*/{VOTES}"))
    beside = [folder / VOTES for folder in folders]
    return replace(source, votes=next((path for path in (*beside, *near) if path.is_file()), None))


def _is_table(path: Path) -> bool:
    """Return whether a CSV file is, or should be, a table of faces."""
    with path.open("rb") as file:
        columns = header_columns(file.readline(HEADER))
    return set(COLUMNS) <= set(columns) or path.name.lower() in _TABLES


def _samples(folder: Path, folders: list[str]) -> tuple[str, ...]:
    """Name a few pictures of ``class/`` or ``split/class/`` below a folder."""
    names = []
    for first in folders:
        for entry in _some(folder / first):
            if entry.is_file():
                names.append(f"{first}/{entry.name}")
            elif split_name(first):
                inner = (one for one in _some(Path(entry.path)) if one.is_file())
                names += [f"{first}/{entry.name}/{one.name}" for one in inner]
    return tuple(name for name in names if not is_utkface((name,)))


def _some(folder: Path) -> list[os.DirEntry]:
    """Return a few entries of a folder, which may hold tens of thousands."""
    with os.scandir(folder) as entries:
        return [e for e in itertools.islice(entries, _SOME) if not e.name.startswith(".")]
