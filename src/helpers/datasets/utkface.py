"""UTKFace: faces of all ages. In: a tree of files. Out: Faces with two classes, male and female.

Everything is in the file name: ``25_1_0_20170116174525125.jpg`` is a woman of 25. The set has no splits of its own: a
hash of the file name draws them from each class, the same ones on every machine. A few files of the original are
misnamed; they are left out with a warning, unless they are so many that this must be another set.
"""

import logging
import re

import numpy as np
import pandas as pd

from helpers.datasets.columns import draw_splits, read_pictures
from helpers.datasets.trees import FileTree
from helpers.faces import DataError, Faces
from helpers.faces.pictures import is_picture

log = logging.getLogger(__name__)

CLASSES = ("male", "female")
RACES = ("White", "Black", "Asian", "Indian", "Other")

_NAME = re.compile(r"(\d{1,3})_([01])_([0-4])_(\d{8,20})\s*\.?jpg", re.IGNORECASE)
_ALMOST = re.compile(r"\d{1,3}_(\d_)*\d{8,}")
_MISNAMED_AT_MOST = 0.01


def is_utkface(names: tuple[str, ...]) -> bool:
    """Return whether most of the pictures are named as in UTKFace."""
    pictures = [name.rsplit("/", 1)[-1] for name in names if is_picture(name)][:200]
    return sum(bool(_ALMOST.match(name)) for name in pictures) > len(pictures) / 2


def read_utkface(tree: FileTree, progress: bool = False) -> Faces:
    """Read UTKFace from a folder or an archive, in the order of file names.

    Parameters
    ----------
    tree, progress
        As for `read_folders`.

    Returns
    -------
    Faces
        With attributes: age in years, sex, race as the set's authors name it, the time at which the picture was
        collected, and the file's name.
    """
    pictures = [name for name in tree.names if is_picture(name)]
    found = {name: _NAME.match(name.rsplit("/", 1)[-1]) for name in pictures}
    misnamed = [name for name, match in found.items() if not match]
    if misnamed:
        about = f"{tree.name}: {len(misnamed)} of {len(pictures)} names are not age_sex_race_time.jpg"
        example = f"such as {misnamed[0]}"
        if len(misnamed) > max(3, _MISNAMED_AT_MOST * len(pictures)):
            raise DataError(f"{about}, {example}: rename or remove them")
        log.warning("%s, %s: left out.", about, example)
    matches = sorted((name.rsplit("/", 1)[-1], name, m) for name, m in found.items() if m)
    if not matches:
        raise DataError(f"{tree.name} holds no pictures named age_sex_race_time.jpg")
    files, names, matches = zip(*matches, strict=True)
    images = read_pictures(tree.read_all(names), len(names), tree.name, progress)
    ages, sexes, races, times = zip(*(match.groups() for match in matches), strict=True)
    labels = np.array(sexes, int)
    attributes = pd.DataFrame(
        {
            "age": np.array(ages, int),
            "sex": [CLASSES[label] for label in labels],
            "race": [RACES[int(race)] for race in races],
            "time": pd.to_datetime(times, format="%Y%m%d%H%M%S%f", errors="coerce"),
            "file": files,
        }
    )
    return Faces(images, labels, CLASSES, draw_splits(files, labels), attributes=attributes, name=tree.name)
