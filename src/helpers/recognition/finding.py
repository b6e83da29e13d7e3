"""Find faces. In: a grey picture. Out: boxes. Any function of this form can take its place."""

import threading
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

#: Larger pictures are shrunk to this many pixels along their longer side before.
SEARCHED = 1000
#: No cascade's window is wider, in pixels.
WINDOW = 24


class Look(NamedTuple):
    """A way to search.

    Attributes
    ----------
    cascade : str
        Which of OpenCV's.
    shrunk : float
        How much the picture is shrunk before.
    step : float
        How much larger each size of face is than the one before.
    votes : int
        So many overlapping finds make a face.
    """

    cascade: str
    shrunk: float
    step: float
    votes: int


#: First a quick look for faces of 50 pixels and more; only where it finds nothing at all, a
#: thorough one for those of 32. In pictures larger than SEARCHED, these pixels are larger too.
#: `benchmarks/recognition.py` measures what both find together.
LOOKS = (Look("alt2", 0.4, 1.25, 1), Look("default", 0.75, 1.1, 5))
_OWN = threading.local()


class Box(NamedTuple):
    """Where a face lies, in pixels from the upper left corner of the picture."""

    left: int
    top: int
    width: int
    height: int


def find_faces(grey: np.ndarray) -> list[Box]:
    """Find upright faces seen from the front with OpenCV's Haar cascades, the largest first.

    Parameters
    ----------
    grey : ndarray
        h x w, uint8.

    Examples
    --------
    >>> find_faces(np.zeros((48, 64), np.uint8))
    []
    """
    for look in LOOKS:
        if found := _found(grey, look):
            return sorted(found, key=lambda box: -box.width * box.height)
    return []


def _found(grey: np.ndarray, look: Look) -> list[Box]:
    shrunk = look.shrunk * min(1.0, SEARCHED / max(grey.shape))
    if min(grey.shape) * shrunk < WINDOW:
        return []
    return search(grey, look._replace(shrunk=shrunk))


def search(grey: np.ndarray, look: Look, *sizes: tuple[int, int]) -> list[Box]:
    """Look once.

    Parameters
    ----------
    grey : ndarray
        h x w, uint8.
    look : Look
        How.
    sizes : tuple of int
        The smallest and the largest box to look for, in pixels of the shrunk picture.
    """
    times = {"fx": look.shrunk, "fy": look.shrunk}
    small = cv2.resize(grey, None, **times, interpolation=cv2.INTER_AREA)
    found = _cascade(look.cascade).detectMultiScale(small, look.step, look.votes, 0, *sizes)
    return [Box(*(round(float(value) / look.shrunk) for value in box)) for box in found]


def _cascade(name: str) -> cv2.CascadeClassifier:
    """Give the calling thread its own: a cascade keeps what it is working on in itself."""
    if not hasattr(_OWN, name):
        path = Path(cv2.data.haarcascades) / f"haarcascade_frontalface_{name}.xml"
        storage = cv2.FileStorage(path.read_text(), cv2.FILE_STORAGE_READ | cv2.FILE_STORAGE_MEMORY)
        cascade = cv2.CascadeClassifier()  # given the text: OpenCV opens no path with an umlaut
        if not cascade.read(storage.getFirstTopLevelNode()):
            raise RuntimeError(f"OpenCV cannot read its own file {path}")
        setattr(_OWN, name, cascade)
    return getattr(_OWN, name)
