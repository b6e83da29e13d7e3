"""Pictures with annotated faces. In: a folder, a tar or a zip file. Out: ``Scenes``.

``annotations.json`` lies anywhere in it and says, for each picture, where its faces are::

    {"press/1.jpg": {"faces": [{"box": [left, top, right, bottom], "age": 25}]}}

Boxes are in pixels of the picture as it is seen, upright. Whatever else is said of a face becomes a column of the
attributes. A picture is named by the end of its path, from any folder on. The other layouts have modules of their own.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from helpers.datasets import coco, fddb_wider, voc, yolo
from helpers.datasets.annotations import Entry, Face, scenes_of
from helpers.datasets.trees import FileTree, is_archive, open_tree
from helpers.faces import DataError, Scenes, store
from helpers.faces.pictures import is_picture

ANNOTATIONS = "annotations.json"


class Layout(NamedTuple):
    """A way in which scenes come: whether files are one, and what they say of each picture, by file."""

    detects: Callable[[FileTree], bool]
    reads: Callable[[FileTree], dict[str, list[Entry]]]


def load_scenes(source: str | Path | None = None, *, progress: bool = True) -> Scenes:
    """Load pictures with the boxes of their faces, whatever their layout.

    Parameters
    ----------
    source : str or path, optional
        A folder, a tar or a zip file: one of `LAYOUTS`, or what `helpers.faces.store` wrote. Rendered scenes by
        default.
    progress : bool
        Show a progress bar while reading.

    Raises
    ------
    DataError
        If there is nothing of the kind, or anything is wrong with it; names file and picture.
    """
    if source is None:
        from helpers.rendering import rendered_scenes

        return rendered_scenes(progress=progress)
    path = _place(source)
    if (path / store.ABOUT).is_file():
        return store.load_scenes(path)
    with open_tree(path) as tree:
        for layout in LAYOUTS.values():
            if layout.detects(tree):
                return scenes_of(tree, layout.reads(tree), progress)
    raise DataError(f"{path.name} holds no scenes: looked for {', '.join(LAYOUTS)}")


def load_backgrounds(source: str | Path, *, progress: bool = True) -> Scenes:
    """Load all pictures of a folder, a tar or a zip file as scenes without faces."""
    with open_tree(_place(source)) as tree:
        return scenes_of(tree, {"it": [Entry(name, [], name) for name in filter(is_picture, tree.names)]}, progress)


def _place(source: str | Path) -> Path:
    path = Path(source).expanduser()
    if not path.exists():
        raise DataError(f"{source} does not exist: give a folder, or a tar or zip file")
    if not (path.is_dir() or is_archive(path)):
        raise DataError(f"{path.name} holds no scenes: give a folder, or a tar or zip file")
    return path


def _annotations(tree: FileTree) -> list[str]:
    return [name for name in tree.names if name.rsplit("/", 1)[-1] == ANNOTATIONS]


def _read_annotated(tree: FileTree) -> dict[str, list[Entry]]:
    table, entries = _table(tree), []
    for name in sorted(table):
        where, faces = f"{tree.name}, {name}", table[name].get("faces")
        if not isinstance(faces, list):
            raise DataError(f'{where}: {ANNOTATIONS} must give it a list "faces", not {faces!r}')
        entries.append(Entry(name, [_face(face, f"{where}, face {n}") for n, face in enumerate(faces, 1)]))
    return {ANNOTATIONS: entries}


def _table(tree: FileTree) -> dict[str, dict]:
    files = _annotations(tree)
    if len(files) > 1:
        raise DataError(f"{tree.name} holds {' and '.join(files)}: name the folder of one")
    where = f"{tree.name}/{files[0]}"
    try:
        table = json.loads(tree.read(files[0]))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where} is no JSON: {error}") from error
    if not isinstance(table, dict) or not all(isinstance(one, dict) for one in table.values()):
        raise DataError(f'{where} must be of the form {{picture: {{"faces": [...]}}}}')
    if not table:
        raise DataError(f"{where} names no pictures")
    return table


def _face(face: dict, where: str) -> Face:
    """Turn edges into left, top, width, height."""
    edges = face.get("box") if isinstance(face, dict) else None
    try:
        left, top, right, bottom = np.asarray(edges, float).tolist()
    except (TypeError, ValueError, OverflowError) as error:
        raise DataError(f"{where}: a box is four numbers, [left, top, right, bottom], not {edges}") from error
    if not (right > left and bottom > top and np.isfinite([left, top, right, bottom]).all()):
        raise DataError(f"{where}: the box {edges} has no size")
    kept = {what: np.array(said) if isinstance(said, list) else said for what, said in face.items() if what != "box"}
    return Face((left, top, right - left, bottom - top), where, kept)


#: Description -> layout, those looked for first at the top. A new layout is a new entry here.
LAYOUTS = {
    "FDDB's lists of ellipses": Layout(fddb_wider.is_fddb, fddb_wider.read_fddb),
    "WIDER FACE's lists of boxes": Layout(fddb_wider.is_wider, fddb_wider.read_wider),
    "COCO's JSON": Layout(coco.is_coco, coco.read_coco),
    f"pictures with {ANNOTATIONS}": Layout(lambda tree: bool(_annotations(tree)), _read_annotated),
    "Pascal VOC's XML": Layout(voc.is_voc, voc.read_voc),
    "YOLO's text files": Layout(yolo.is_yolo, yolo.read_yolo),
}
