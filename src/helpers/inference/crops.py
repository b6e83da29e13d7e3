"""Cut faces out as FER-2013 frames them. In: a grey picture and a box. Out: 48 x 48 pixels, the face upright."""

from typing import NamedTuple

import numpy as np
from PIL import Image

from helpers.config import IMAGE_SIZE
from helpers.faces.boxes import Box


class Frame(NamedTuple):
    """How FER-2013's frames lie around a finder's boxes: `benchmarks/crop_scale.py` measures it.

    Attributes
    ----------
    scale : float
        The frame's side, as a share of the box's longer one.
    up : float
        How far the frame's middle lies above the box's, as a share of the box's longer side.
    """

    scale: float = 1.05
    up: float = 0.0


#: A face is turned upright the less, the less its angle stands out from what a detector errs by, in degrees.
ERROR = 5.0
#: Faces are sampled at most so finely before they are averaged down.
FINE = 2 * IMAGE_SIZE
#: A face is so many times as wide as high: the median of FDDB's ellipses. The box around a slanting one is smaller.
ASPECT = 0.66


def crop(grey: np.ndarray, box: Box, frame: Frame = Frame()) -> np.ndarray:  # noqa: B008 - it cannot be changed
    """Cut out a face, and turn it upright by the box's angle; outside of the picture, its edge is repeated.

    Parameters
    ----------
    grey : array of uint8, h x w
    box : Box
        It may reach over the picture's edge.
    frame : Frame
        What is cut out, given the box; a finder's own is its attribute ``frame``.

    Returns
    -------
    array of uint8, 48 x 48

    Examples
    --------
    >>> crop(np.zeros((90, 120), np.uint8), Box(30, 20, 60, 60, angle=90)).shape
    (48, 48)
    """
    middle = np.array([box.left + box.width / 2, box.top + box.height / 2])
    longer = max(box.width, box.height)
    cos, sin = np.cos(np.deg2rad(box.angle)), np.sin(np.deg2rad(box.angle))
    longer /= np.sqrt(max(cos**2 + (ASPECT * sin) ** 2, sin**2 + (ASPECT * cos) ** 2))
    side = frame.scale * longer
    middle += frame.up * longer * np.array([sin, -cos])
    angle = np.deg2rad(box.angle * box.angle**2 / (box.angle**2 + ERROR**2))
    cos, sin = np.cos(angle), np.sin(angle)
    coarser = max(1, int(side / FINE))
    reach = side * (abs(cos) + abs(sin)) / 2 + coarser  # the corners of the turned frame, and what lies beside them
    first = np.floor(middle - reach)
    around = Image.fromarray(_cut(grey, first, np.ceil(middle + reach))).reduce(coarser)
    # Sampled so finely that no pixel is left out, and averaged down only then.
    pixels = IMAGE_SIZE if side <= IMAGE_SIZE else FINE
    turn = np.array([[cos, -sin], [sin, cos]]) * (side / coarser / pixels)
    origin = (middle - first) / coarser - turn @ np.full(2, pixels / 2)
    matrix = np.column_stack([turn, origin]).ravel().tolist()
    upright = around.transform((pixels, pixels), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
    return np.asarray(upright.reduce(pixels // IMAGE_SIZE))


def _cut(grey: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Cut out the columns and rows from `first` to before `last`."""
    (left, top), (right, bottom) = first.astype(int), last.astype(int)
    if min(left, top) >= 0 and bottom <= grey.shape[0] and right <= grey.shape[1]:
        return np.ascontiguousarray(grey[top:bottom, left:right])
    rows, columns = np.arange(top, bottom), np.arange(left, right)
    return grey[np.ix_(rows.clip(0, grey.shape[0] - 1), columns.clip(0, grey.shape[1] - 1))]
