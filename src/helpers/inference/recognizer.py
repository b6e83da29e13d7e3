"""From pictures to expressions. In: a picture. Out: its faces, each with its scores."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from helpers.config import HOME, IMAGE_SIZE, SHIPPED
from helpers.evaluation.calibration import apply_temperature
from helpers.faces.boxes import Box
from helpers.faces.pictures import read_picture, to_face_size
from helpers.inference.haar import detect_haar
from helpers.inference.tracking import REDETECT_EVERY, FaceTracker
from helpers.system import read_json

DEFAULT = "flagship"
#: FER-2013's frames are so many times wider than the finder's box, around the same middle: `benchmarks/crop_scale.py`
#: measures it.
CROP_SCALE = 1.05
#: So many faces are read at a time; what all of them need does not fit into the processor's cache.
CHUNK = 32
#: So many of the likeliest classes are told; fewer where there are no more.
TOP = 3
NEEDED = ("model.json", "model.onnx")


class NoModel(RuntimeError):
    """An exported model that is not there; the message says what to do."""


@dataclass(frozen=True)
class RecognizedFace:
    """A face in a picture: where it lies, and the probability of each class; together they make 1.

    `emoji` has those of the classes that have one.
    """

    box: Box
    scores: dict[str, float]
    emoji: Mapping[str, str] = field(default_factory=dict)

    @property
    def top(self) -> list[tuple[str, str, float]]:
        """The likeliest classes, at most three: name, emoji (or an empty text), score."""
        best = sorted(self.scores.items(), key=lambda item: -item[1])[:TOP]
        return [(name, self.emoji.get(name, ""), score) for name, score in best]

    def as_dict(self) -> dict:
        """Plain values, for JSON."""
        top = [{"name": n, "emoji": e, "score": round(s, 4)} for n, e, s in self.top]
        scores = {name: round(score, 4) for name, score in self.scores.items()}
        return {"box": self.box._asdict(), "scores": scores, "top": top}


def find_model(model: str | Path) -> Path:
    """Find an exported model's folder: one that was shipped, or any that `fer export` wrote."""
    for folder in (SHIPPED / str(model), HOME / "build" / "models" / str(model), Path(model)):
        if all((folder / file).is_file() for file in NEEDED):
            return folder
    raise NoModel(
        f"there is no exported model {model}: neither {SHIPPED} nor a folder of that name has "
        f"{' and '.join(NEEDED)}. `fer export` makes them"
    )


class ExpressionRecognizer:
    """An exported model, loaded once.

    Parameters
    ----------
    model : str or Path
        Name of a shipped model, or any folder that `fer export` wrote.
    find : callable
        Finds boxes in a grey picture.
    threads : int
        That compute at a time; 0 for all that there are.

    Attributes
    ----------
    about : dict
        What ``model.json`` says: task, classes, emoji, colours, temperature.

    Examples
    --------
    >>> recognizer = ExpressionRecognizer()
    >>> recognizer(np.zeros((48, 64), np.uint8))  # nobody there
    []
    """

    def __init__(
        self, model: str | Path = DEFAULT, find: Callable[[np.ndarray], list[Box]] = detect_haar, threads: int = 1
    ):
        self.folder = find_model(model)
        self.about = read_json(self.folder / "model.json")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(
            self.folder / "model.onnx", options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name
        self.classes = tuple(self.about["classes"])
        self._find = find

    def tracking(self, every: int = 1) -> "ExpressionRecognizer":
        """Give one for a film, of which it is shown every Nth frame: it looks first where the faces were."""
        other = copy.copy(self)  # they share the loaded model
        other._find = FaceTracker(self._find, max(1, REDETECT_EVERY // every))
        return other

    def predict_proba(self, faces: np.ndarray) -> np.ndarray:
        """Give the probabilities of faces that are cropped already: float, n x k, rows sum to 1.

        The faces are grey, uint8, n x 48 x 48. The model's temperature calibrates the probabilities.
        """
        faces = np.asarray(faces)
        if faces.shape[1:] != (IMAGE_SIZE, IMAGE_SIZE) or faces.dtype != np.uint8:
            raise ValueError(f"faces must be n x {IMAGE_SIZE} x {IMAGE_SIZE} uint8, not {faces.shape} {faces.dtype}")
        if not len(faces):
            return np.zeros((0, len(self.classes)), np.float32)
        read = [
            self._session.run(None, {self._input: part[..., None].astype(np.float32)})[0]
            for part in np.split(faces, range(CHUNK, len(faces), CHUNK))
        ]
        return apply_temperature(np.concatenate(read), self.about["temperature"])

    def __call__(self, picture) -> list[RecognizedFace]:
        """Find the faces of a picture (whatever `read_picture` takes) and classify them, the largest first."""
        grey = cv2.cvtColor(read_picture(picture), cv2.COLOR_RGB2GRAY)
        boxes = self._find(grey)
        crops = np.array([crop(grey, box) for box in boxes], np.uint8).reshape(-1, IMAGE_SIZE, IMAGE_SIZE)
        emoji = self.about.get("emoji", {})
        return [
            RecognizedFace(box, dict(zip(self.classes, map(float, row), strict=True)), emoji)
            for box, row in zip(boxes, self.predict_proba(crops), strict=True)
        ]


def crop(grey: np.ndarray, box: Box, scale: float = CROP_SCALE) -> np.ndarray:
    """Cut out a face as FER-2013 frames faces; what lies outside the picture repeats its edge."""
    side = scale * max(box.width, box.height)
    corner = np.array([box.left + box.width / 2 - side / 2, box.top + box.height / 2 - side / 2])
    first, last = np.floor(corner).astype(int), np.ceil(corner + side).astype(int)
    height, width = grey.shape
    inside = grey[max(first[1], 0) : last[1], max(first[0], 0) : last[0]]
    edges = np.maximum([-first[1], last[1] - height, -first[0], last[0] - width], 0)
    return to_face_size(cv2.copyMakeBorder(inside, *map(int, edges), cv2.BORDER_REPLICATE))
