"""From pictures to expressions. In: a picture. Out: its faces, each with its scores."""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from helpers.config import EMOJI, MODELS, SIDE
from helpers.recognition.finding import Box, find_faces
from helpers.recognition.following import EVERY, Follower
from helpers.recognition.pictures import read_picture

DEFAULT = "flagship"
#: FER-2013's frames are so many times wider than the cascade's box, around the same middle:
#: `benchmarks/margin.py` measures it.
FRAME = 1.05
#: So many faces are read at a time; what all of them need does not fit into the processor's cache.
CHUNK = 32


class NoModel(RuntimeError):
    """A shipped model that is not there; the message says what to do."""


@dataclass(frozen=True)
class Face:
    """A face in a picture.

    Attributes
    ----------
    box : Box
        Where it lies.
    scores : dict
        Expression -> EmoScore, a probability; together they make 1.
    """

    box: Box
    scores: dict[str, float]

    @property
    def top(self) -> list[tuple[str, str, float]]:
        """The three likeliest expressions: name, emoji, score."""
        best = sorted(self.scores.items(), key=lambda item: -item[1])[:3]
        return [(name, EMOJI[name], score) for name, score in best]

    def as_dict(self) -> dict:
        """Plain values, for JSON."""
        top = [{"name": n, "emoji": e, "score": round(s, 4)} for n, e, s in self.top]
        scores = {name: round(score, 4) for name, score in self.scores.items()}
        return {"box": self.box._asdict(), "scores": scores, "top": top}


class Recogniser:
    """A shipped model, loaded once.

    Parameters
    ----------
    model : str or Path
        Name of a folder in ``models/``, or any folder that `fer ship` wrote.
    find : callable
        Finds boxes in a grey picture.
    threads : int
        That compute at a time; 0 for all that there are.

    Examples
    --------
    >>> recogniser = Recogniser()
    >>> recogniser(np.zeros((48, 64), np.uint8))  # nobody there
    []
    """

    def __init__(
        self,
        model: str | Path = DEFAULT,
        find: Callable[[np.ndarray], list[Box]] = find_faces,
        threads: int = 1,
    ):
        places = (MODELS / str(model), Path(model))
        needed = ("model.json", "model.onnx")
        folder = next((p for p in places if all((p / file).is_file() for file in needed)), None)
        if folder is None:
            raise NoModel(
                f"there is no shipped model {model}: neither {places[0]} nor a folder of that name "
                f"has {' and '.join(needed)}. `fer ship` makes them"
            )
        self.about = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(
            folder / "model.onnx", options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name
        self.classes = tuple(self.about["classes"])
        self.folder = folder
        self._find = find

    def following(self, every: int = 1) -> "Recogniser":
        """Give one for a film: it looks first where the faces were a frame ago.

        Parameters
        ----------
        every : int
            It is shown each so-manieth of the film's frames only, so it looks everywhere sooner.
        """
        other = copy.copy(self)  # they share the loaded model
        other._find = Follower(self._find, max(1, EVERY // every))
        return other

    def scores(self, faces: np.ndarray) -> np.ndarray:
        """Give the probabilities (n x 7) of faces that are cropped already (n x 48 x 48, uint8)."""
        faces = np.asarray(faces)
        if faces.ndim != 3 or faces.shape[1:] != (SIDE, SIDE) or faces.dtype != np.uint8:
            raise ValueError(
                f"faces must be n x {SIDE} x {SIDE} uint8, not {faces.shape} {faces.dtype}"
            )
        if not len(faces):
            return np.zeros((0, len(self.classes)), np.float32)
        read = [
            self._session.run(None, {self._input: part[..., None].astype(np.float32)})[0]
            for part in np.split(faces, range(CHUNK, len(faces), CHUNK))
        ]
        return cooled(np.concatenate(read), self.about["temperature"])

    def __call__(self, picture) -> list[Face]:
        """Find the faces of a picture and read them, the largest first.

        Parameters
        ----------
        picture
            Whatever `read_picture` takes.
        """
        grey = cv2.cvtColor(read_picture(picture), cv2.COLOR_RGB2GRAY)
        boxes = self._find(grey)
        crops = np.array([crop(grey, box) for box in boxes], np.uint8).reshape(-1, SIDE, SIDE)
        return [
            Face(box, dict(zip(self.classes, map(float, row), strict=True)))
            for box, row in zip(boxes, self.scores(crops), strict=True)
        ]


def cooled(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Make probabilities as sure of themselves as they may be.

    Examples
    --------
    >>> cooled(np.array([[0.8, 0.2]]), 2.0).round(2).tolist()
    [[0.67, 0.33]]
    """
    powers = np.maximum(probabilities, 1e-12) ** (1 / temperature)
    return powers / powers.sum(axis=1, keepdims=True)


def crop(grey: np.ndarray, box: Box, frame: float = FRAME) -> np.ndarray:
    """Cut out a face as FER-2013 frames faces; what lies outside the picture repeats its edge."""
    side = frame * max(box.width, box.height)
    left = box.left + box.width / 2 - side / 2
    top = box.top + box.height / 2 - side / 2
    first = np.floor([left, top]).astype(int)
    last = np.ceil([left + side, top + side]).astype(int)
    height, width = grey.shape
    inside = grey[max(first[1], 0) : last[1], max(first[0], 0) : last[0]]
    edges = np.maximum([-first[1], last[1] - height, -first[0], last[0] - width], 0)
    padded = cv2.copyMakeBorder(inside, *map(int, edges), cv2.BORDER_REPLICATE)
    smaller = padded.shape[0] > SIDE
    how = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return cv2.resize(padded, (SIDE, SIDE), interpolation=how)
