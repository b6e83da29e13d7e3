"""Columns of labels and splits, however they are spelled. In: arrays. Out: what Faces needs."""

import hashlib

import numpy as np

from helpers.config import SPLITS
from helpers.datasets.names import class_names, in_order, split_name
from helpers.faces import EXPRESSIONS, DataError

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


def read_labels(values: np.ndarray, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return labels and class names; numbers are FER-2013's 0 to 6, names are anyone's."""
    values = np.asarray(values)
    if values.dtype.kind in "iu":
        wrong = np.flatnonzero((values < 0) | (values >= len(EXPRESSIONS.classes)))
        if len(wrong):
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
    lottery = np.array([hashlib.blake2b(n.encode(), digest_size=8).hexdigest() for n in names])
    split = np.full(len(names), "Training", dtype="U12")
    for group in np.unique(groups):
        drawn = np.flatnonzero(groups == group)
        drawn = drawn[np.argsort(lottery[drawn], kind="stable")]
        tenth = len(drawn) // 10
        split[drawn[:tenth]] = "PublicTest"
        split[drawn[tenth : 2 * tenth]] = "PrivateTest"
    return split
