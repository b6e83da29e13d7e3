"""Pictures in folders named by class. In: a tree of files. Out: Faces.

``train/happy/1.jpg`` or ``happy/1.jpg``, with any folders around them. In the copy of FER-2013 that most people
download, ``test/`` holds PublicTest and PrivateTest mixed: file names such as ``PublicTest_123.jpg`` tell them apart,
and where they do not, the split is called "Test".
"""

import logging
import re
from collections import defaultdict

import pandas as pd

from helpers.config import SPLITS
from helpers.datasets.columns import read_pictures
from helpers.datasets.names import class_names, expression, in_order, split_name
from helpers.datasets.trees import FileTree
from helpers.faces import DataError, Faces
from helpers.faces.pictures import is_picture

log = logging.getLogger(__name__)

_TELLING = re.compile(rf"({'|'.join(SPLITS)})_(\d+)")

#: One picture: its file, its split's folder or None, its class's folder.
Picture = tuple[str, str | None, str]


def find_pictures(names: tuple[str, ...]) -> list[Picture]:
    """Find the pictures that lie in class-named folders, and say which class and split each has.

    Where there are split folders, only what lies in them counts; otherwise, class folders lie side by side in one
    folder, the first that holds two of them or more.
    """
    by_folder = defaultdict(list)
    for name in names:
        if is_picture(name) and "/" in name:
            by_folder[name.rsplit("/", 1)[0]].append(name)
    split_of = {f: split_name(f.split("/")[-2]) if "/" in f else None for f in by_folder}
    if any(split_of.values()):
        depth = min(folder.count("/") for folder in by_folder if split_of[folder])
        chosen = [f for f in by_folder if split_of[f] and f.count("/") == depth]
    else:
        beside = defaultdict(list)
        for folder in by_folder:
            beside[folder.rpartition("/")[0]].append(folder)
        chosen = next((folders for _, folders in sorted(beside.items()) if len(folders) > 1), [])
    return [(name, split_of[folder], folder.rsplit("/", 1)[-1]) for folder in chosen for name in by_folder[folder]]


def knows_classes(pictures: list[Picture]) -> bool:
    """Return whether two or more of the folders are named after expressions."""
    return len({name for _, _, name in pictures if expression(name)}) > 1


def read_folders(tree: FileTree, progress: bool = False) -> Faces:
    """Read class-named folders of pictures of any size.

    Parameters
    ----------
    tree : FileTree
        Where the pictures lie.
    progress : bool
        Whether to show a progress bar.

    Raises
    ------
    DataError
        If there are no class-named folders, or a picture does not decode.
    """
    pictures = find_pictures(tree.names)
    if not pictures:
        raise DataError(
            f"{tree.name} holds no pictures in class-named folders, such as train/happy/1.jpg or "
            "happy/1.jpg (two classes or more)"
        )
    rename = class_names(folder for _, _, folder in pictures)
    classes = in_order(rename.values())
    splits = _splits(pictures, tree.name)
    order = sorted(range(len(pictures)), key=lambda i: _place(pictures[i][0], splits[i]))
    images = read_pictures(tree.read_all(pictures[i][0] for i in order), len(order), tree.name, progress)
    labels = [classes.index(rename[pictures[i][2]]) for i in order]
    files = pd.DataFrame({"file": [pictures[i][0] for i in order]})
    return Faces(images, labels, classes, [splits[i] for i in order], name=tree.name, attributes=files)


def _splits(pictures: list[Picture], name: str) -> list[str]:
    """Name each picture's split, and say so where that took a guess."""
    found = {split for _, split, _ in pictures}
    has_validation = "validation" in found
    named = {None: "Training", "validation": "PublicTest", "Test": "PrivateTest" if has_validation else "Test"}
    splits, told = [], 0
    for path, split, _ in pictures:
        telling = _TELLING.match(path.rsplit("/", 1)[-1])
        if telling and split in ("Test", "validation") and telling[1] != "Training":
            splits.append(telling[1])
            told += 1
        else:
            splits.append(named.get(split, split))
    if None in found:
        log.warning("%s has no split folders: every face counts as Training.", name)
    elif has_validation and not told:
        log.warning("%s: validation is taken as PublicTest, test as PrivateTest.", name)
    elif told:
        log.warning("%s: test/ mixes PublicTest and PrivateTest, told apart by file names.", name)
    return splits


def _place(path: str, split: str) -> tuple:
    """Sort by split, then by the number in a telling name, then by name."""
    telling = _TELLING.match(path.rsplit("/", 1)[-1])
    where = (*SPLITS, "Test").index(split)
    return where, telling is None, int(telling[2]) if telling else 0, path
