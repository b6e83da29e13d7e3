"""Our own finder of faces, run by onnxruntime. In: a grey picture. Out: boxes, each with a score and a turn."""

from pathlib import Path

import numpy as np
import onnxruntime

from helpers.config import SHIPPED
from helpers.faces.boxes import Box, intersection_over_union, largest_first
from helpers.faces.detection_maps import MULTIPLE, decode, merge
from helpers.faces.pictures import scaled
from helpers.inference.crops import Frame
from helpers.system import read_json

DEFAULT = "detector"
#: How FER-2013's frames lie around its boxes, which reach from the chin to the top of the head; a little wider than the
#: median, since that is read best (`benchmarks/crop_scale.py`).
FRAME = Frame(0.88, -0.057)
#: A picture is shrunk so much before it is looked at, because small and doubtful faces are looked at once more in all
#: their pixels: that is faster, and finds more of them. Its longer side is at least, and at most, so many pixels then.
SHRUNK, SMALLEST, LARGEST = 0.8, 320, 1856
#: Faces that are larger than those it learnt are found in copies, each STEP times smaller than the one before, down to
#: one of at most LAST pixels.
STEP, LAST = 3.2, 200
#: Small pictures, which a face may fill, are looked at in finer steps, and mirrored too: boxes on which several looks
#: agree are steadier.
FINE_STEP, FINE_LAST = 1.5, 125
#: In a picture where nobody is found it is looked once more with each other side up, at most so large; who is found
#: then must be so sure, since three looks see three times as many ghosts.
TURNED, SURE = 640, 0.95
#: A face whose place is known about is looked at so wide.
NEAR = 64
#: In a picture that was shrunk, faces that are as sure as this are looked at once more in all their pixels if they are
#: not sure enough, or narrower than SMALL, where boxes are rough; so many at most, and from so far around their boxes.
DOUBT, SMALL, LOOKS, AROUND = 0.15, 56, 48, 0.5
#: What is found there is the same face if it overlaps so much.
OVERLAP = 0.25


class FaceDetector:
    """An exported detector, loaded once; call it with a grey picture (h x w, uint8).

    Parameters
    ----------
    model : str or Path
        A shipped detector, or a folder with its ``model.onnx`` and ``model.json``.
    threads : int
        That compute at a time; 0 for all that there are.
    threshold : float, optional
        Boxes of a lower score are no faces; by default what was chosen when it was exported.
    side : int, optional
        The longer side at which a picture is looked at, whatever its own.
    turns : bool
        Where nobody is found, look whether the picture lies on a side or stands on its head.

    Examples
    --------
    >>> FaceDetector()(np.zeros((48, 64), np.uint8))  # nobody there
    []
    """

    frame = FRAME

    def __init__(
        self,
        model: str | Path = DEFAULT,
        threads: int = 1,
        threshold: float | None = None,
        side: int | None = None,
        turns: bool = True,
    ):
        folder = SHIPPED / model if (SHIPPED / str(model)).is_dir() else Path(model)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(folder / "model.onnx", options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        self.about = read_json(folder / "model.json")
        self.threshold = self.about["threshold"] if threshold is None else threshold
        self.side, self.turns = side, turns

    def __call__(self, grey: np.ndarray) -> list[Box]:
        """Find the faces of a grey picture, the largest first."""
        side = self.side or min(max(round(SHRUNK * max(grey.shape)), SMALLEST), LARGEST)
        if side < max(grey.shape):
            found = self._from_near(grey, self._search(grey, side, min(DOUBT, self.threshold)), side / max(grey.shape))
        else:
            found = self._search(grey, side, self.threshold)
        return found if found or not self.turns else self._turned(grey)

    def near(self, window: np.ndarray, width: float) -> list[Box]:
        """Find the faces in a window around one that is about so wide: much faster than to search a picture."""
        scale = NEAR / width
        return largest_first(decode(self.cells(scaled(window, scale)), self.threshold, 1 / scale))

    def _from_near(self, grey: np.ndarray, boxes: list[Box], scale: float) -> list[Box]:
        """Look at those who are not sure or small from near: the others, and those of them who are sure then."""
        found, boxes = [], sorted(boxes, key=lambda box: -box.score)
        for looks, box in enumerate(boxes):
            again = []
            if looks < LOOKS and (box.score < self.threshold or box.width * scale < SMALL):
                left, top = max(0, round(box.left - AROUND * box.width)), max(0, round(box.top - AROUND * box.height))
                right, bottom = box.left + (1 + AROUND) * box.width, box.top + (1 + AROUND) * box.height
                seen = self.near(grey[top : round(bottom), left : round(right)], box.width)
                seen = [one._replace(left=left + one.left, top=top + one.top) for one in seen]
                again = [one for one in seen if intersection_over_union([box], [one])[0, 0] >= OVERLAP]
            found += again or ([box] if box.score >= self.threshold else [])
        return largest_first(merge(found))

    def _search(self, grey: np.ndarray, side: int, threshold: float) -> list[Box]:
        longer, found = max(grey.shape), []
        small = longer < SMALLEST
        step, last = (FINE_STEP, FINE_LAST) if small else (STEP, LAST)
        while True:
            scale = side / longer
            pixels = scaled(grey, scale)
            found += decode(self.cells(pixels), threshold, 1 / scale)
            if small:
                mirrored = decode(self.cells(pixels[:, ::-1]), threshold, 1 / scale)
                found += [b._replace(left=grey.shape[1] - b.left - b.width, angle=-b.angle) for b in mirrored]
            if side <= last:
                break
            side = round(side / step)
        return largest_first(merge(found))

    def _turned(self, grey: np.ndarray) -> list[Box]:
        """Find the faces of a picture that lies or stands on its head: those of the turn that shows the surest."""
        best, sure = [], max(SURE, self.threshold)
        side = min(max(*grey.shape, SMALLEST), self.side or TURNED)
        for turns in (1, 2, 3):
            found = self._search(np.rot90(grey, turns), side, sure)
            if max((box.score for box in found), default=0) > max((box.score for box in best), default=0):
                best = [_turned_back(box, turns, grey.shape) for box in found]
        return best

    def cells(self, grey: np.ndarray) -> np.ndarray:
        """Give the map of a grey picture, filled up with black to multiples of MULTIPLE: h/8 x w/8 x 7."""
        height, width = (-(-side // MULTIPLE) * MULTIPLE for side in grey.shape)
        filled = np.zeros((1, height, width, 1), np.float32)
        filled[0, : grey.shape[0], : grey.shape[1], 0] = grey
        return self._session.run(None, {self._input: filled})[0][0]


def _turned_back(box: Box, turns: int, shape: tuple[int, int]) -> Box:
    """Say where a box of a picture of a shape lies that was found after so many quarter turns to the left."""
    for turn in range(turns, 0, -1):
        before = shape[1] if turn % 2 else shape[0]  # the width before this turn
        left, angle = before - box.top - box.height, (box.angle + 270) % 360 - 180
        box = Box(left, box.left, box.height, box.width, box.score, angle)
    return box
