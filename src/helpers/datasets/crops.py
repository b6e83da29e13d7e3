"""Pictures that a face fills. In: a folder, a tar or a zip file. Out: grey arrays, each of its own size."""

from pathlib import Path

import numpy as np

from helpers.datasets.trees import open_tree
from helpers.faces import DataError
from helpers.faces.pictures import BadPicture, is_picture, read_picture, to_grey


def load_crops(source: str | Path) -> list[np.ndarray]:
    """Read all pictures of a folder or an archive, in alphabetical order: grey, uint8, h x w.

    Raises
    ------
    DataError
        If there is none, or one cannot be read; names it.
    """
    path = Path(source).expanduser()
    if not path.exists():
        raise DataError(f"{source} does not exist: give a folder, or a tar or zip file")
    crops = []
    with open_tree(path) as tree:
        for name in sorted(filter(is_picture, tree.names)):
            try:
                crops.append(to_grey(read_picture(tree.read(name))))
            except BadPicture as error:
                raise DataError(f"{path.name}, {name}: {error}") from error
    if not crops:
        raise DataError(f"{path.name} holds no picture")
    return crops
