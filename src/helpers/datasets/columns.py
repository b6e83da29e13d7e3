"""Columns of pictures, labels and splits, however they are spelled. In: arrays. Out: what Faces needs, or Faces."""

import hashlib
from collections.abc import Iterable

import numpy as np
from tqdm import tqdm

from helpers.config import IMAGE_SIZE, SPLITS
from helpers.datasets.names import class_names, in_order, split_name
from helpers.faces import EXPRESSIONS, DataError, Faces
from helpers.faces.pictures import to_face

IMAGES = ("image", "images", "img")
LABELS = ("emotion", "label", "labels", "emotions", "y")
USAGES = ("usage", "split", "set")


def pick(available, spellings: tuple[str, ...], name: str, required: bool = True) -> str | None:
    """Return which of the `available` columns is one of those `spellings`, in any case."""
    by_name = {str(column).strip().lower(): column for column in available}
    for column in spellings:
        if column in by_name:
            return by_name[column]
    if required:
        found = ", ".join(map(str, available)) or "nothing"
        raise DataError(f"{name}: a column {spellings[0]!r} is needed, but there is {found}")
    return None


def has_faces(columns: list[str]) -> bool:
    """Return whether there are columns of pictures and of labels."""
    return bool(pick(columns, IMAGES, "", False) and pick(columns, LABELS, "", False))


def read_pictures(
    files: Iterable[tuple[str, bytes]], count: int, name: str, progress: bool, boxes: np.ndarray | None = None
) -> np.ndarray:
    """Decode `count` picture files, each with what to call it: uint8 of shape (count, 48, 48), read-only.

    With `boxes` (count x 4: left, top, right, bottom), each face is cut out along its own.
    """
    images = np.empty((count, IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    bar = tqdm(files, f"Reading {name}", count, disable=not progress, leave=False, unit=" pictures")
    for image, (where, data), box in zip(images, bar, [None] * count if boxes is None else boxes, strict=True):
        image[:] = to_face(data, where, box)
    images.flags.writeable = False
    return images


def faces_of(images: np.ndarray, labels: np.ndarray, splits: np.ndarray | None, name: str, **more) -> Faces:
    """Make faces of columns of labels and splits as they were found; without splits, all is Training."""
    labels, classes = read_labels(labels, name)
    split = ["Training"] * len(images) if splits is None else read_splits(splits, name)
    return Faces(images, labels, classes, split, name=name, **more)


def read_labels(values: np.ndarray, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return labels and class names; numbers are FER-2013's 0 to 6, names are anyone's."""
    values = np.asarray(values)
    if values.dtype.kind in "iu":
        if len(wrong := np.flatnonzero((values < 0) | (values >= len(EXPRESSIONS.classes)))):
            row = wrong[0]
            raise DataError(f"{name}, row {row + 1}: unknown emotion {values[row]}, it must be 0 to 6")
        return values.astype(np.int64), EXPRESSIONS.classes
    for row, value in enumerate(values):
        if not isinstance(value, str) or not value.strip():
            raise DataError(f"{name}, row {row + 1}: the emotion is {value!r}, it must be 0 to 6")
    rename = class_names(map(str, values))
    classes = in_order(rename.values())
    return np.array([classes.index(rename[value]) for value in values], np.int64), classes


def read_splits(values: np.ndarray, name: str) -> np.ndarray:
    """Return the split of each row; ``train``, ``val`` and ``test`` are understood, too."""
    values = [value.decode() if isinstance(value, bytes) else value for value in values]
    meant = {value: split_name(value) if isinstance(value, str) else None for value in set(values)}
    has_validation = "validation" in meant.values()
    final = {"validation": "PublicTest", "Test": "PrivateTest" if has_validation else "Test"}
    for row, value in enumerate(values):
        if meant[value] is None:
            raise DataError(f"{name}, row {row + 1}: unknown usage {value!r}, it must be one of {', '.join(SPLITS)}")
    return np.array([final.get(meant[value], meant[value]) for value in values])


def draw_splits(names: list[str], groups: np.ndarray) -> np.ndarray:
    """Draw splits for a set that has none: 10 % PublicTest, 10 % PrivateTest, the rest Training.

    A hash of the name decides, in each group on its own, so that every machine draws the same ones.
    """
    lottery = np.array([hashlib.blake2b(n.encode(errors="replace"), digest_size=8).hexdigest() for n in names])
    split = np.full(len(names), "Training", dtype="U12")
    for group in np.unique(groups):
        drawn = np.flatnonzero(groups == group)
        drawn = drawn[np.argsort(lottery[drawn], kind="stable")]
        tenth = len(drawn) // 10
        split[drawn[:tenth]] = "PublicTest"
        split[drawn[tenth : 2 * tenth]] = "PrivateTest"
    return split
