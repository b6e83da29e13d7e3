"""OpenCV's Haar cascades as a finder. In: a grey picture. Out: boxes.

A finder is any function from a grey picture (h x w, uint8) to a list of ``Box``, the largest first. OpenCV comes with
the study only, so it is imported when a face is looked for.
"""

import threading
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from helpers.faces.boxes import Box, largest_first

if TYPE_CHECKING:
    import cv2

#: Larger pictures are shrunk to this many pixels along their longer side before.
MAX_SIDE = 1000
#: No cascade's window is wider, in pixels.
CASCADE_WINDOW = 24


class HaarPass(NamedTuple):
    """A way to search; names as OpenCV's ``detectMultiScale`` has them.

    Attributes
    ----------
    cascade : str
        Which of OpenCV's.
    scale : float
        The picture's size is multiplied by it before.
    scale_factor : float
        How much larger each size of face is than the one before.
    min_neighbors : int
        So many overlapping finds make a face.
    """

    cascade: str
    scale: float
    scale_factor: float
    min_neighbors: int


#: First a quick pass for faces of 50 pixels and more; only where it finds nothing at all, a thorough one for those of
#: 32. In pictures larger than MAX_SIDE, these pixels are larger too. `benchmarks/recognition.py` measures what both
#: find together.
PASSES = (HaarPass("alt2", 0.4, 1.25, 1), HaarPass("default", 0.75, 1.1, 5))
#: How a face is searched for near where it was: the window around it is scaled so that the face is NEAR_WINDOWS windows
#: of the cascade wide, and found in sizes from NARROWER to WIDER.
NEAR_PASS, NEAR_WINDOWS, NARROWER, WIDER = HaarPass("alt2", 1.0, 1.05, 1), 1.6, 0.8, 1.25
_OWN = threading.local()


def detect_haar(grey: np.ndarray) -> list[Box]:
    """Find upright faces in a grey picture (h x w, uint8), seen from the front, the largest first.

    Examples
    --------
    >>> detect_haar(np.zeros((48, 64), np.uint8))
    []
    """
    for one in PASSES:
        scale = one.scale * min(1.0, MAX_SIDE / max(grey.shape))
        large_enough = min(grey.shape) * scale >= CASCADE_WINDOW
        if large_enough and (found := search(grey, one._replace(scale=scale))):
            return largest_first(found)
    return []


def detect_haar_near(window: np.ndarray, width: int) -> list[Box]:
    """Find a face of about a width, in pixels, in a small window of a picture."""
    scale = min(1.0, NEAR_WINDOWS * CASCADE_WINDOW / width)
    sizes = [(round(times * scale * width),) * 2 for times in (NARROWER, WIDER)]
    return search(window, NEAR_PASS._replace(scale=scale), *sizes)


#: A finder may say how it finds faster where it knows what to look for; trackers ask for it.
detect_haar.near = detect_haar_near


def search(grey: np.ndarray, one: HaarPass, *sizes: tuple[int, int]) -> list[Box]:
    """Run one pass over a grey picture (h x w, uint8).

    `sizes` are the smallest and the largest box to look for, in pixels of the scaled picture.
    """
    import cv2

    small = cv2.resize(grey, None, fx=one.scale, fy=one.scale, interpolation=cv2.INTER_AREA)
    found = _cascade(one.cascade).detectMultiScale(small, one.scale_factor, one.min_neighbors, 0, *sizes)
    return [Box(*(round(float(value) / one.scale) for value in box)) for box in found]


def _cascade(name: str) -> "cv2.CascadeClassifier":
    """Give the calling thread its own: a cascade keeps what it is working on in itself."""
    import cv2

    if not hasattr(_OWN, name):
        path = Path(cv2.data.haarcascades) / f"haarcascade_frontalface_{name}.xml"
        storage = cv2.FileStorage(path.read_text(), cv2.FILE_STORAGE_READ | cv2.FILE_STORAGE_MEMORY)
        cascade = cv2.CascadeClassifier()  # given the text: OpenCV opens no path with an umlaut
        if not cascade.read(storage.getFirstTopLevelNode()):
            raise RuntimeError(f"OpenCV cannot read its own file {path}")
        setattr(_OWN, name, cascade)
    return getattr(_OWN, name)
