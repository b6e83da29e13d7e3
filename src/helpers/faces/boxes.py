"""Where faces lie in a picture. In: boxes. Out: how far they overlap."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Box(NamedTuple):
    """Where a face lies, in pixels from the upper left corner, how sure its finder is, how far the face is turned.

    The turn is in the plane of the picture: degrees, clockwise, 0 for an upright face.
    """

    left: int
    top: int
    width: int
    height: int
    score: float = 1.0
    angle: float = 0.0

    @property
    def area(self) -> int:
        """In pixels."""
        return self.width * self.height

    def rounded(self) -> "Box":
        """Whole pixels, and as many digits of the others as mean something."""
        sides = (round(float(side)) for side in self[:4])
        return Box(*sides, round(float(self.score), 4), round(float(self.angle), 1))


def largest_first(boxes: Sequence[Box]) -> list[Box]:
    """Sort boxes by area."""
    return sorted(boxes, key=lambda box: -box.area)


def intersection_over_union(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Give how far each of n boxes overlaps each of m others: float, n x m; 0 apart, 1 the same.

    A box is left, top, width and height in pixels; further columns are not looked at.

    Examples
    --------
    >>> intersection_over_union([(0, 0, 2, 2)], [(1, 0, 2, 2), (5, 5, 1, 1)]).round(2).tolist()
    [[0.33, 0.0]]
    """
    (a, b) = (np.array([box[:4] for box in boxes], float).reshape(-1, 4) for boxes in (one, other))
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, :2] + a[:, None, 2:], b[None, :, :2] + b[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    total = a[:, None, 2:].prod(axis=2) + b[None, :, 2:].prod(axis=2) - shared
    return shared / np.maximum(total, 1e-12)
