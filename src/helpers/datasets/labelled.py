"""Sets whose labels stand in a list, a table or the file names. In: a tree of files. Out: Faces."""

import logging

import numpy as np
import pandas as pd

from helpers.datasets.columns import draw_splits, read_pictures
from helpers.datasets.label_lists import BOX, find_layout, read_labels_of
from helpers.datasets.names import in_order
from helpers.datasets.trees import FileTree
from helpers.faces import DataError, Faces

log = logging.getLogger(__name__)


def read_labelled(tree: FileTree, progress: bool = False) -> Faces:
    """Read pictures in one of the layouts of `helpers.datasets.label_lists`.

    Where the list gives a box, the face is cut out along it. Where it gives no splits, a hash of the person, or else of
    the file, draws them; nobody is in two.

    Parameters
    ----------
    tree, progress
        As for `read_folders`.

    Returns
    -------
    Faces
        With attributes: ``file``, and what else the list says, such as ``person``.
    """
    layout = find_layout(tree)
    if layout is None:
        raise DataError(f"{tree.name} holds no list of labels that is known")
    table = read_labels_of(tree, layout)
    if unlabelled := int(table["label"].isna().sum()):
        log.warning("%s: %d of %d pictures show no expression, says the set: left out.", layout, unlabelled, len(table))
        table = table[table["label"].notna()].reset_index(drop=True)
    if table.empty:
        raise DataError(f"{tree.name}: none of its pictures shows an expression")
    classes = in_order(table["label"])
    files = ((f"{tree.name}/{name}", tree.read(name)) for name in table["file"])
    boxes = table[BOX].to_numpy(float) if set(BOX) <= set(table) else None
    images = read_pictures(files, len(table), tree.name, progress, boxes)
    split = table["split"] if "split" in table else _drawn(table)
    attributes = table.drop(columns=["label", "split", "where", *BOX], errors="ignore")
    labels = table["label"].map(classes.index).to_numpy()
    return Faces(images, labels, classes, split.to_numpy(str), name=tree.name, attributes=attributes)


def _drawn(table: pd.DataFrame) -> pd.Series:
    """Draw splits, all pictures of a person into one."""
    whose = table["person" if "person" in table else "file"].astype(str)
    people = sorted(whose.unique())
    split = draw_splits(people, np.zeros(len(people)))
    return whose.map(dict(zip(people, split, strict=True)))
