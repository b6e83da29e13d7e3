"""Find faces in a film. In: its frames, one after the other. Out: boxes of each."""

from collections.abc import Callable
from itertools import combinations

import numpy as np

from helpers.faces.boxes import Box, largest_first
from helpers.inference.haar import detect_haar

#: Every Nth frame is searched as a whole.
REDETECT_EVERY = 10
#: Around a face's last box, as a share of it, its next one is looked for.
AROUND = 0.35


class FaceTracker:
    """Finds faces where they were a frame ago, and everywhere only now and then.

    Takes the place of a finder in an `ExpressionRecognizer` that reads one film.

    Parameters
    ----------
    find : callable
        Finds boxes in a grey picture. Where it has an attribute ``near``, a function of a window and the width of the
        face in it, that is asked for the faces that are known already.
    every : int
        Every Nth frame is searched as a whole; so is any in which a face is lost.

    Examples
    --------
    >>> track = FaceTracker()
    >>> [track(np.zeros((48, 64), np.uint8)) for frame in range(2)]
    [[], []]
    """

    def __init__(self, find: Callable[[np.ndarray], list[Box]] = detect_haar, every: int = REDETECT_EVERY):
        self._find, self._every = find, every
        self._near = getattr(find, "near", lambda window, width: find(window))
        self._boxes: list[Box] = []
        self._shape, self._since = None, 0

    def __call__(self, grey: np.ndarray) -> list[Box]:
        """Give the boxes of the next frame, the largest first."""
        self._since += 1
        tracked = []
        if self._since < self._every and grey.shape == self._shape:
            tracked = [self._again(grey, box) for box in self._boxes]
        if not tracked or None in tracked or _twice(tracked):
            tracked, self._since = self._find(grey), 0
        self._boxes = largest_first(tracked)
        self._shape = grey.shape
        return self._boxes

    def _again(self, grey: np.ndarray, box: Box) -> Box | None:
        """Find a face near where it was."""
        aside, above = round(AROUND * box.width), round(AROUND * box.height)
        left, top = max(0, box.left - aside), max(0, box.top - above)
        window = grey[top : box.top + box.height + above, left : box.left + box.width + aside]
        found = self._near(window, box.width)
        boxes = [one._replace(left=left + one.left, top=top + one.top) for one in found]
        return min(boxes, key=lambda one: _apart(one, box), default=None)


def _twice(boxes: list[Box]) -> bool:
    """Whether two boxes went to the same face."""
    pairs = combinations(boxes, 2)
    return any(_apart(one, other) < (min(one.width, other.width) / 2) ** 2 for one, other in pairs)


def _apart(one: Box, other: Box) -> float:
    """How far the middles of two boxes are apart, squared."""
    across = one.left + one.width / 2 - other.left - other.width / 2
    down = one.top + one.height / 2 - other.top - other.height / 2
    return across**2 + down**2
