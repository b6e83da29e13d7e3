"""Whether two drawings show the same. In: two PNG files. Out: yes or no."""

import io

import numpy as np
from PIL import Image

#: Pictures are compared by the means of blocks of so many pixels a side: a moved edge is no change.
BLOCK = 8
#: The same if no block differs by so much, of 255; a last digit that changed moves one by 20.
SEEN = 10


def same_picture(one: bytes, other: bytes) -> bool:
    """Tell whether two PNG pictures look the same everywhere, not only on the whole."""
    if one == other:
        return True
    first, second = (Image.open(io.BytesIO(picture)).convert("RGB") for picture in (one, other))
    if first.size != second.size:
        return False
    means = (np.asarray(picture.reduce(BLOCK), np.int16) for picture in (first, second))
    return int(np.abs(np.subtract(*means)).max()) < SEEN
