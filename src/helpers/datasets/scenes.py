"""Pictures with annotated faces. In: a folder, a tar or a zip file. Out: ``Scenes``.

``annotations.json`` lies anywhere in it and says, for each picture, where its faces are::

    {"press/1.jpg": {"faces": [{"box": [left, top, right, bottom], "age": 25}]}}

Boxes are in pixels of the picture as it is seen, upright. Whatever else is said of a face becomes a column of the
attributes. A picture is named by the end of its path, from any folder on.
"""

import json
import logging
from collections import defaultdict
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from PIL import Image

from helpers.datasets.columns import draw_splits
from helpers.datasets.trees import FileTree, is_archive, open_tree
from helpers.faces import DataError, Scenes, store
from helpers.faces.pictures import FORMATS, ORIENTATION, is_picture

ANNOTATIONS = "annotations.json"

log = logging.getLogger(__name__)


class Layout(NamedTuple):
    """A way in which scenes come: whether a path is one, and how it is read."""

    detects: Callable[[Path], bool]
    reads: Callable[[Path], Scenes]


def load_scenes(source: str | Path) -> Scenes:
    """Load pictures with the boxes of their faces, whatever their layout.

    Parameters
    ----------
    source : str or path
        A folder, a tar or a zip file: one of `LAYOUTS`.

    Raises
    ------
    DataError
        If there is nothing of the kind, or anything is wrong with it; names file and picture.
    """
    path = Path(source).expanduser()
    if not path.exists():
        raise DataError(f"{source} does not exist: give a folder, or a tar or zip file")
    for layout in LAYOUTS.values():
        if layout.detects(path):
            return layout.reads(path)
    raise DataError(f"{path.name} holds no scenes: looked for {', '.join(LAYOUTS)}")


def _is_annotated(path: Path) -> bool:
    if not (path.is_dir() or is_archive(path)):
        return False
    with open_tree(path) as tree:
        return bool(_annotations(tree))


def _annotations(tree: FileTree) -> list[str]:
    return [name for name in tree.names if name.rsplit("/", 1)[-1] == ANNOTATIONS]


def _read_annotated(path: Path) -> Scenes:
    """Read pictures and annotations; a hash of the names draws the splits."""
    with open_tree(path) as tree:
        table = _table(tree)
        place_of = _places(tree, table)
        pictures = {name: tree.read(place) for name, place in place_of.items()}
    boxes, known = [], []
    for name, data in pictures.items():
        where = f"{path.name}, {name}"
        size, faces = _size(data, where), table[name].get("faces")
        if not isinstance(faces, list):
            raise DataError(f'{where}: {ANNOTATIONS} must give it a list "faces", not {faces!r}')
        boxes.append([_box(face, size, f"{where}, face {n}") for n, face in enumerate(faces, 1)])
        known += [{what: _kept(face[what]) for what in face if what != "box"} for face in faces]
    groups = np.minimum([len(some) for some in boxes], 2)
    return Scenes(
        list(pictures.values()),
        boxes,
        draw_splits(list(pictures), groups),
        names=list(pictures),
        attributes=pd.DataFrame(known) if any(known) else None,
        name=path.name,
    )


def _table(tree: FileTree) -> dict[str, dict]:
    files = _annotations(tree)
    if len(files) > 1:
        raise DataError(f"{tree.name} holds {' and '.join(files)}: name the folder of one")
    where = f"{tree.name}/{files[0]}"
    try:
        table = json.loads(tree.read(files[0]))
    except ValueError as error:
        raise DataError(f"{where} is no JSON: {error}") from error
    if not isinstance(table, dict) or not all(isinstance(one, dict) for one in table.values()):
        raise DataError(f'{where} must be of the form {{picture: {{"faces": [...]}}}}')
    if not table:
        raise DataError(f"{where} names no pictures")
    return table


def _places(tree: FileTree, table: dict[str, dict]) -> dict[str, str]:
    """Say which file is meant by each picture of the table, in alphabetical order."""
    files = defaultdict(list)
    for file in filter(is_picture, tree.names):
        files[file.rsplit("/", 1)[-1]].append(file)
    places = {}
    for name in sorted(table):
        meant = [file for file in files[name.rsplit("/", 1)[-1]] if f"/{file}".endswith(f"/{name}")]
        if len(meant) != 1:
            found = "is missing" if not meant else f"could be {' or '.join(meant[:2])}"
            raise DataError(f"{tree.name}, {name}: the picture {found}")
        places[name] = meant[0]
    if left := sum(map(len, files.values())) - len(places):
        log.warning("%s: %d pictures are not in %s: left out.", tree.name, left, ANNOTATIONS)
    return places


def _size(data: bytes, where: str) -> tuple[int, int]:
    """Give width and height of an upright picture; only its first bytes are looked at."""
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as picture:
            on_its_side = picture.getexif().get(ORIENTATION, 1) >= 5
            return picture.size[::-1] if on_its_side else picture.size
    except Exception as error:  # decoders raise what they like on a spoilt file
        raise DataError(f"{where} is no picture: delete it or download it again") from error


def _box(face: dict, size: tuple[int, int], where: str) -> tuple[float, float, float, float]:
    """Turn edges into left, top, width, height."""
    edges = face.get("box") if isinstance(face, dict) else None
    try:
        left, top, right, bottom = np.asarray(edges, float).tolist()
    except (TypeError, ValueError) as error:
        raise DataError(f"{where}: a box is four numbers, [left, top, right, bottom], not {edges}") from error
    if not (right > left and bottom > top and np.isfinite([left, top, right, bottom]).all()):
        raise DataError(f"{where}: the box {edges} has no size")
    if right <= 0 or bottom <= 0 or left >= size[0] or top >= size[1]:
        raise DataError(f"{where}: the box {edges} is outside the picture of {size[0]} x {size[1]}")
    return left, top, right - left, bottom - top


def _kept(value):
    """Lists become arrays, as they come back from a stored set."""
    return np.array(value) if isinstance(value, list) else value


#: Description -> layout, those looked for first at the top. A new layout is a new entry here.
LAYOUTS = {
    "a folder that `helpers.faces.store` wrote": Layout(lambda path: (path / store.ABOUT).is_file(), store.load_scenes),
    f"pictures with {ANNOTATIONS}": Layout(_is_annotated, _read_annotated),
}
