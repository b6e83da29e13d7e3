"""Is this FER-2013, and all of it? In: Faces. Out: what differs from the known counts."""

import numpy as np
import pandas as pd

from helpers.config import SPLITS
from helpers.faces import EXPRESSIONS, Faces

#: How many faces FER-2013 has of each class in each split.
FER2013 = pd.DataFrame(
    {
        "Training": [3995, 436, 4097, 7215, 4830, 3171, 4965],
        "PublicTest": [467, 56, 496, 895, 653, 415, 607],
        "PrivateTest": [491, 55, 528, 879, 594, 416, 626],
    },
    index=list(EXPRESSIONS.classes),
)


def looks_like_fer2013(faces: Faces, table: bool = False) -> bool:
    """Return whether a set looks as if it should be FER-2013: its classes, its splits, its size.

    A `table` of pixels with its classes always should: only FER-2013 is laid out like that, and one that was cut off
    between two rows may lack whole splits. Another set without FER-2013's own two tests is only meant to be FER-2013 if
    its counts come close.
    """
    if faces.classes != EXPRESSIONS.classes:
        return False
    splits = set(faces.split.tolist())
    if table or splits == set(SPLITS):
        return True
    near = np.abs(faces.counts().sum(axis=1) - FER2013.sum(axis=1)).sum() < 0.05 * FER2013.to_numpy().sum()
    return bool(near and splits == {"Training", "Test"})


def count_differences(faces: Faces) -> list[str]:
    """Return in words where the counts are not those of FER-2013; nothing if all is there."""
    found = faces.counts()
    known = FER2013
    if "Test" in found:
        known = pd.DataFrame({"Training": FER2013.Training, "Test": FER2013.PublicTest + FER2013.PrivateTest})
    found = found.reindex(index=known.index, columns=known.columns, fill_value=0)
    return [
        f"{split} {name}: {found.loc[name, split]} instead of {known.loc[name, split]}"
        for split in known
        for name in known.index
        if found.loc[name, split] != known.loc[name, split]
    ]
