"""Our own finder of faces, run by onnxruntime. In: a grey picture. Out: boxes, each with a score and a turn."""

from pathlib import Path

import numpy as np
import onnxruntime

from helpers.config import SHIPPED
from helpers.faces.boxes import Box, largest_first
from helpers.faces.detection_maps import MULTIPLE, decode, merge
from helpers.faces.pictures import scaled
from helpers.inference.crops import Frame
from helpers.system import read_json

DEFAULT = "detector"
#: How FER-2013's frames lie around its boxes, which reach from the chin to the top of the head.
FRAME = Frame(0.755, -0.057)
#: The picture's longer side is made so long, in pixels, before it is looked at: small ones are enlarged, large ones
#: shrunk.
SMALLEST, LARGEST = 320, 2048
#: Faces that are larger than those it learnt are found in copies, each so many times smaller than the one before, until
#: one of at most LAST pixels.
STEP, LAST = 2.5, 256


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

    Examples
    --------
    >>> FaceDetector()(np.zeros((48, 64), np.uint8))  # nobody there
    []
    """

    frame = FRAME

    def __init__(
        self, model: str | Path = DEFAULT, threads: int = 1, threshold: float | None = None, side: int | None = None
    ):
        folder = SHIPPED / model if (SHIPPED / str(model)).is_dir() else Path(model)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(folder / "model.onnx", options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        self.about = read_json(folder / "model.json")
        self.threshold = self.about["threshold"] if threshold is None else threshold
        self.side = side

    def __call__(self, grey: np.ndarray) -> list[Box]:
        """Find the faces of a grey picture, the largest first."""
        longer = max(grey.shape)
        side = self.side or min(max(longer, SMALLEST), LARGEST)
        found = []
        while True:
            scale = side / longer
            found += decode(self.cells(scaled(grey, scale)), self.threshold, 1 / scale)
            if side <= LAST:
                break
            side = round(side / STEP)
        return largest_first(merge(found))

    def cells(self, grey: np.ndarray) -> np.ndarray:
        """Give the map of a grey picture, filled up with black to multiples of MULTIPLE: h/8 x w/8 x 7."""
        height, width = (-(-side // MULTIPLE) * MULTIPLE for side in grey.shape)
        filled = np.zeros((1, height, width, 1), np.float32)
        filled[0, : grey.shape[0], : grey.shape[1], 0] = grey
        return self._session.run(None, {self._input: filled})[0][0]
