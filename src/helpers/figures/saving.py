"""Keeping figures. In: a drawing and a name. Out: a file, written only where it looks different."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from helpers import config
from helpers.figures.style import Drawing
from helpers.system import atomic_path

#: Pictures are compared by the means of blocks of so many pixels a side: a moved edge is no change.
BLOCK = 8
#: The same if no block differs by so much, of 255; a last digit that changed moves one by 20.
SEEN = 10


def images_close(one: bytes, other: bytes) -> bool:
    """Tell whether two PNG pictures look the same everywhere, not only on the whole."""
    if one == other:
        return True
    first, second = (Image.open(io.BytesIO(picture)).convert("RGB") for picture in (one, other))
    if first.size != second.size:
        return False
    means = (np.asarray(picture.reduce(BLOCK), np.int16) for picture in (first, second))
    return int(np.abs(np.subtract(*means)).max()) < SEEN


def save(name: str, figure: Drawing) -> Drawing:
    """Keep a figure as ``figures/<name>.png`` and return it, for the notebook to show.

    A file that already shows the same is left alone, so that drawing again changes nothing.
    """
    path = Path(config.FIGURES) / f"{name}.png"
    if not (path.exists() and images_close(figure.png, path.read_bytes())):
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as part:
            part.write_bytes(figure.png)
    return figure
