"""Find faces. In: a grey picture. Out: boxes. Any function of this form can take its place."""

import threading
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

#: Faces smaller than this are too coarse to read.
SMALLEST = 32
#: Pictures are searched at about this many pixels along their longer side.
SEARCHED = 640


_OWN = threading.local()


class Box(NamedTuple):
    """Where a face lies, in pixels from the upper left corner of the picture."""

    left: int
    top: int
    width: int
    height: int


def find_faces(grey: np.ndarray, smallest: int = SMALLEST, votes: int = 5) -> list[Box]:
    """Find upright faces seen from the front with OpenCV's Haar cascade, the largest first.

    Parameters
    ----------
    grey : ndarray
        h x w, uint8.
    smallest : int
        Narrowest face to look for, in pixels of a picture that is no larger than SEARCHED.
    votes : int
        So many overlapping finds make a face: more of them, fewer false faces.
    """
    # The cascade's window has 24 pixels. At half size it steps by two pixels of the original.
    shrunk = min(1.0, SEARCHED / max(grey.shape)) * min(1.0, 24 / smallest)
    small = cv2.resize(grey, None, fx=shrunk, fy=shrunk, interpolation=cv2.INTER_AREA)
    if min(small.shape) < 24:
        return []
    found = _cascade().detectMultiScale(small, 1.1, votes, minSize=(24, 24))
    boxes = [Box(*(round(float(value) / shrunk) for value in box)) for box in found]
    return sorted(boxes, key=lambda box: -box.width * box.height)


def _cascade() -> cv2.CascadeClassifier:
    """Give the calling thread its own: a cascade keeps what it is working on in itself."""
    if not hasattr(_OWN, "cascade"):
        name = "haarcascade_frontalface_default.xml"
        _OWN.cascade = cv2.CascadeClassifier(str(Path(cv2.data.haarcascades) / name))
    return _OWN.cascade
