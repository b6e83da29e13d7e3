"""What all layouts of annotated pictures share. In: what files say of each picture. Out: ``Scenes``, all of it checked.

A layout reads its files into ``Entry`` and ``Face``; here the pictures are found, their sizes and boxes compared, and
the splits named: by folders called train, val and test, or drawn by a hash of the name where there are none.
"""

import logging
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import NamedTuple

import numpy as np
import pandas as pd
from PIL import Image
from tqdm import tqdm

from helpers.datasets.columns import draw_splits, read_splits
from helpers.datasets.names import split_name
from helpers.datasets.trees import FileTree
from helpers.faces import DataError, Scenes
from helpers.faces.pictures import FORMATS, ORIENTATION, is_picture

#: What a class of faces is called, in small letters.
FACE_NAMES = {"face", "faces", "human face", "human-face", "human_face"}

log = logging.getLogger(__name__)


class Face(NamedTuple):
    """A face as a file describes it.

    Attributes
    ----------
    box : tuple of float
        Left, top, width, height.
    where : str
        File and line, for messages.
    about : dict
        Whatever else is known of it.
    """

    box: tuple[float, float, float, float]
    where: str
    about: Mapping[str, object] = {}


class Entry(NamedTuple):
    """A picture as a file describes it.

    Attributes
    ----------
    name : str
        The end of its path, from any folder on, with or without its ending.
    faces : list of Face
    near : str
        A file beside it, where its name is not enough.
    split : str or None
        In any spelling; None where its folder tells.
    size : tuple of int or None
        Width and height that the file claims.
    relative : bool
        Whether the boxes are shares of width and height.
    """

    name: str
    faces: list[Face]
    near: str = ""
    split: str | None = None
    size: tuple[int, int] | None = None
    relative: bool = False


def scenes_of(tree: FileTree, lists: Mapping[str, Sequence[Entry]], progress: bool = True) -> Scenes:
    """Read the pictures that files of annotations name, and check what they say of them.

    Parameters
    ----------
    tree : FileTree
        Where the pictures lie.
    lists : mapping
        What each file of annotations says. One of whose pictures none is there is left out with a warning: people
        download a part of a set, with the annotations of all.
    progress : bool
        Show a progress bar.
    """
    index = _PictureIndex(tree)
    place_of = {}
    for file, entries in lists.items():
        if entries and len(lists) > 1 and not any(index.candidates(one.name) for one in entries):
            log.warning("%s/%s: none of its %d pictures is there: left out.", tree.name, file, len(entries))
            continue
        for one in entries:
            place = index.find(one.name, one.near)
            if place in place_of:
                raise DataError(f"{tree.name}, {one.name}: the picture is annotated twice, keep one of them")
            place_of[place] = one
    if not place_of:
        raise DataError(f"{tree.name}: {' and '.join(lists)} names no pictures that are there")
    if left := index.count - len(place_of):
        log.warning("%s: %d pictures are not in %s: left out.", tree.name, left, " or ".join(lists))
    pictures, boxes, about = [], [], []
    for place, one in tqdm(place_of.items(), f"Reading {tree.name}", disable=not progress, leave=False):
        data, where = tree.read(place), f"{tree.name}, {one.name}"
        size = _picture_size(data, where)
        if one.size and one.size != size:
            raise DataError(f"{where} has {size[0]} x {size[1]} pixels, not {one.size[0]} x {one.size[1]} as stated")
        pictures.append(data)
        boxes.append([_checked(face, size, one.relative) for face in one.faces])
        about += [dict(face.about) for face in one.faces]
    entries = list(place_of.values())
    split = [one.split or split_word(place) for place, one in place_of.items()]
    names = [one.name for one in entries]
    return Scenes(
        pictures,
        boxes,
        read_splits([word or "train" for word in split], tree.name)
        if any(split)
        else draw_splits(names, np.minimum([len(some) for some in boxes], 2)),
        names=names,
        attributes=pd.DataFrame(about) if any(about) else None,
        name=tree.name,
    )


class _PictureIndex:
    """The pictures of a tree by the end of their paths."""

    def __init__(self, tree: FileTree):
        self._tree, self._files, self.count = tree, defaultdict(list), 0
        for file in filter(is_picture, tree.names):
            base = file.rsplit("/", 1)[-1]
            for key in (base, base.rpartition(".")[0]):
                self._files[key].append(file)
            self.count += 1

    def candidates(self, name: str) -> list[str]:
        """Name the files that a name could mean: those of the same ending first."""
        name = name.replace("\\", "/").removeprefix("./")
        files = self._files[name.rsplit("/", 1)[-1]]
        exact = [file for file in files if f"/{file}".endswith(f"/{name}")]
        return exact or [file for file in files if f"/{file}".rpartition(".")[0].endswith(f"/{name}")]

    def find(self, name: str, near: str) -> str:
        """Say which file is meant; of several, the one beside `near`, or in the same split."""
        meant = self.candidates(name)
        if len(meant) > 1 and near:
            beside = [file for file in meant if file.rpartition("/")[0] == near.rpartition("/")[0]]
            meant = beside or [file for file in meant if split_word(file) == split_word(near)] or meant
        if len(meant) != 1:
            found = f"could be {' or '.join(meant[:2])}" if meant else "is missing"
            raise DataError(f"{self._tree.name}, {name}: the picture {found}")
        return meant[0]


def numbers(values: Iterable[object], where: str) -> list[float]:
    """Turn values into finite numbers.

    >>> numbers(["1", 2.5], "a.txt, line 1")
    [1.0, 2.5]
    """
    made = []
    for value in values:
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            raise DataError(f"{where}: {value!r} is no number")
        made.append(number)
    return made


def stated_size(width: object, height: object, where: str) -> tuple[int, int] | None:
    """Give the size that a file states; None where it says nothing, or zero, as some programs write."""
    if width in (None, "") or height in (None, ""):
        return None
    made = numbers((width, height), where)
    return (round(made[0]), round(made[1])) if any(made) else None


def split_word(path: str) -> str | None:
    """Return the folder of a path that names a split, the last one of several.

    >>> split_word("coco/train2017/1.jpg"), split_word("valid/images/1.jpg"), split_word("Kapil_Dev/test.jpg")
    ('train', 'valid', None)
    """
    words = (re.sub(r"[\W\d_]+$", "", folder) for folder in reversed(path.split("/")[:-1]))
    return next(filter(split_name, words), None)


def face_classes(names: Iterable[object], where: str) -> set:
    """Say which of a set's classes are faces: those called so, or the only one.

    >>> sorted(face_classes(["car", "Face"], "set")), sorted(face_classes(["person"], "set"))
    (['Face'], ['person'])
    """
    names = set(names)
    found = {name for name in names if str(name).strip().lower() in FACE_NAMES}
    if not found and len(names) > 1:
        some = ", ".join(sorted(map(str, names))[:5])
        raise DataError(f'{where}: none of its {len(names)} classes is called "face": {some}; rename the one that is')
    return found or names


def _picture_size(data: bytes, where: str) -> tuple[int, int]:
    """Give width and height of an upright picture; only its first bytes are looked at."""
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as picture:
            on_its_side = picture.getexif().get(ORIENTATION, 1) >= 5
            return picture.size[::-1] if on_its_side else picture.size
    except Exception as error:  # decoders raise what they like on a spoilt file
        raise DataError(f"{where} is no picture: delete it or download it again") from error


def _checked(face: Face, size: tuple[int, int], relative: bool) -> tuple[float, float, float, float]:
    """Give a face's box in pixels: it has a size, and some of it lies in the picture."""
    left, top, width, height = (np.array(face.box) * (size * 2 if relative else 1)).tolist()
    shown = f"[{', '.join(f'{value:.6g}' for value in (left, top, left + width, top + height))}]"
    if not (width > 0 and height > 0):
        raise DataError(f"{face.where}: the box {shown} has no size")
    if left + width <= 0 or top + height <= 0 or left >= size[0] or top >= size[1]:
        raise DataError(f"{face.where}: the box {shown} is outside the picture of {size[0]} x {size[1]}")
    return left, top, width, height
