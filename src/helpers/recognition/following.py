"""Find faces in a film. In: its frames, one after the other. Out: boxes of each."""

from collections.abc import Callable
from itertools import combinations

import numpy as np

from helpers.recognition.finding import WINDOW, Box, Look, find_faces, search

#: In so many frames once, faces are looked for everywhere.
EVERY = 10
#: Around a face's last box, as a share of it, its next one is looked for.
AROUND = 0.35
#: A face is looked for in sizes from so much smaller to so much larger than it was.
NARROWER, WIDER = 0.8, 1.25
#: How it is looked for; `shrunk` follows from its size.
LOOK = Look("alt2", 1.0, 1.05, 1)
#: The face is shrunk to so many windows of the cascade.
WINDOWS = 1.6


class Follower:
    """Finds faces where they were a frame ago, and everywhere only now and then.

    Takes the place of `find_faces` in a `Recogniser` that reads one film.

    Parameters
    ----------
    find : callable
        Finds boxes in a whole grey picture.
    every : int
        In so many frames once it is asked; also whenever a face is lost.

    Examples
    --------
    >>> follow = Follower()
    >>> [follow(np.zeros((48, 64), np.uint8)) for frame in range(2)]
    [[], []]
    """

    def __init__(self, find: Callable[[np.ndarray], list[Box]] = find_faces, every: int = EVERY):
        self._find, self._every = find, every
        self._boxes: list[Box] = []
        self._shape, self._since = None, 0

    def __call__(self, grey: np.ndarray) -> list[Box]:
        """Give the boxes of the next frame, the largest first."""
        self._since += 1
        followed = []
        if self._since < self._every and grey.shape == self._shape:
            followed = [_near(grey, box) for box in self._boxes]
        if not followed or None in followed or _twice(followed):
            followed, self._since = self._find(grey), 0
        self._boxes = sorted(followed, key=lambda box: -box.width * box.height)
        self._shape = grey.shape
        return self._boxes


def _near(grey: np.ndarray, box: Box) -> Box | None:
    """Find a face near where it was, about as large as it was."""
    aside, above = round(AROUND * box.width), round(AROUND * box.height)
    left, top = max(0, box.left - aside), max(0, box.top - above)
    part = grey[top : box.top + box.height + above, left : box.left + box.width + aside]
    shrunk = min(1.0, WINDOWS * WINDOW / box.width)
    sizes = [(round(times * shrunk * box.width),) * 2 for times in (NARROWER, WIDER)]
    found = search(part, LOOK._replace(shrunk=shrunk), *sizes)
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
