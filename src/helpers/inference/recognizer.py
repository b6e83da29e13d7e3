"""From pictures to expressions. In: a picture. Out: its faces, each with its scores."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnxruntime

from helpers.config import HOME, IMAGE_SIZE, SHIPPED
from helpers.evaluation.calibration import apply_temperature
from helpers.faces.boxes import Box
from helpers.faces.pictures import BadPicture, read_picture, to_grey
from helpers.inference.batches import Found, classify, work_ahead
from helpers.inference.crops import Frame, crop
from helpers.inference.expression_tracker import SMOOTH, ExpressionTracker
from helpers.inference.finders import Find, load_finder
from helpers.inference.limits import Limits
from helpers.system import read_json

DEFAULT = "flagship"
DEFAULT_FINDER = "ours"
#: Whose answer, of a model that has two heads.
HEADS = ("both", "first", "second")
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

    `emoji` has those of the classes that have one. In a film, `track` is the number that the face keeps.
    """

    box: Box
    scores: dict[str, float]
    emoji: Mapping[str, str] = field(default_factory=dict)
    track: int | None = None

    @property
    def top(self) -> list[tuple[str, str, float]]:
        """The likeliest classes, at most three: name, emoji (or an empty text), score."""
        best = sorted(self.scores.items(), key=lambda item: -item[1])[:TOP]
        return [(name, self.emoji.get(name, ""), score) for name, score in best]

    def as_dict(self) -> dict:
        """Plain values, for JSON."""
        top = [{"name": n, "emoji": e, "score": round(s, 4)} for n, e, s in self.top]
        scores = {name: round(score, 4) for name, score in self.scores.items()}
        track = {} if self.track is None else {"track": self.track}
        return track | {"box": self.box._asdict(), "scores": scores, "top": top}


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
    find : str or callable
        Name of a finder, one of `finders.FINDERS`, or a function that finds boxes in a grey picture, the largest first.
    threads : int
        That compute at a time; 0 for all that there are.
    limits : Limits
        How much of a picture or a film is read.
    mirrored : bool
        Read each face and its mirror image, and average: steadier, at twice the model's time.
    head : str
        Whose answer to give, where a model has two heads: ``both``, averaged; ``first``; ``second``, in the words of
        the first.

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
        self,
        model: str | Path = DEFAULT,
        find: str | Find = DEFAULT_FINDER,
        threads: int = 1,
        limits: Limits = Limits(),  # noqa: B008 - it cannot be changed
        mirrored: bool = True,
        head: str = "both",
    ):
        if head not in HEADS:
            raise ValueError(f"no head {head!r}: there are {', '.join(HEADS)}")
        self.folder = find_model(model)
        self.about = read_json(self.folder / "model.json")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(
            self.folder / "model.onnx", options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name
        self.classes = tuple(self.about["classes"])
        self.find = find if callable(find) else load_finder(find, threads)
        self.limits, self.mirrored = limits, mirrored
        self._weights = self._weigh_heads(head)

    def tracking(self, every: int = 1, smooth: float = SMOOTH, detect_every: int = 1) -> ExpressionTracker:
        """Give one for a film, of which it is shown every Nth frame: it tells faces apart and smooths their scores."""
        return ExpressionTracker(self, every, smooth, detect_every)

    def predict_proba(self, faces: np.ndarray, mirrored: bool | None = None) -> np.ndarray:
        """Give the probabilities of faces that are cropped already: float, n x k, rows sum to 1.

        The faces are grey, uint8, n x 48 x 48. Each is read a second time mirrored, where `mirrored` (by default the
        recognizer's) says so, and both answers are averaged: a face and its mirror image have one expression. The
        model's temperature calibrates the probabilities.
        """
        faces = np.asarray(faces)
        if faces.shape[1:] != (IMAGE_SIZE, IMAGE_SIZE) or faces.dtype != np.uint8:
            raise ValueError(f"faces must be n x {IMAGE_SIZE} x {IMAGE_SIZE} uint8, not {faces.shape} {faces.dtype}")
        if not len(faces):
            return np.zeros((0, len(self.classes)), np.float32)
        mirrored = self.mirrored if mirrored is None else mirrored
        views = np.concatenate([faces, faces[:, :, ::-1]]) if mirrored else faces
        read = [
            self._session.run(None, {self._input: part[..., None].astype(np.float32)})
            for part in np.split(views, range(CHUNK, len(views), CHUNK))
        ]
        y_prob = sum(
            apply_temperature(np.concatenate(said), temperature) @ weight
            for said, (temperature, weight) in zip(zip(*read, strict=True), self._weights, strict=True)
            if weight.any()
        )
        y_prob = y_prob.reshape(-1, len(faces), len(self.classes)).mean(axis=0)
        return y_prob / y_prob.sum(axis=1, keepdims=True)

    def _weigh_heads(self, head: str) -> list[tuple[float, np.ndarray]]:
        """Give each output's temperature, and the matrix that turns its classes into the model's, weighed."""
        first, second = np.eye(len(self.classes), dtype=np.float32), self.about.get("second")
        if not second:
            if head == "second":
                raise NoModel(f"{self.about['name']} has one head: there is no second one to ask")
            return [(self.about["temperature"], first)]
        share = {"both": second["weight"], "first": 0.0, "second": 1.0}[head]
        words = np.array([[word == name for name in self.classes] for word in second["reads_as"]], np.float32)
        return [(self.about["temperature"], (1 - share) * first), (second["temperature"], share * words)]

    def __call__(self, picture) -> list[RecognizedFace]:
        """Find the faces of a picture (whatever `read_picture` takes) and classify them, the largest first."""
        found = self._locate(picture)
        return self.name_faces(found, self.predict_proba(found.crops))

    def recognize_many(
        self, pictures: Iterable, batch: int = CHUNK, workers: int = 2, return_exceptions: bool = False
    ) -> Iterator[list[RecognizedFace] | BadPicture]:
        """Give the faces of each picture, in order; an empty list where nobody is.

        Pictures are decoded and searched in threads while the model reads the faces of those before, of several
        pictures at a time.

        Parameters
        ----------
        pictures : iterable
            Whatever `read_picture` takes. So many as a batch are taken from it ahead, and no more are kept in memory.
        batch : int
            Faces that the model reads at a time.
        workers : int
            Threads that decode and search.
        return_exceptions : bool
            Give the `BadPicture` in place of the faces of a picture that cannot be read, instead of raising it.
        """
        with closing(work_ahead(self._locate, pictures, batch, workers)) as located:
            for _, found, y_prob in classify(located, self.predict_proba, batch):
                if isinstance(found, Found):
                    yield self.name_faces(found, y_prob)
                elif return_exceptions:
                    yield found
                else:
                    raise found

    def _locate(self, picture) -> Found:
        grey = to_grey(read_picture(picture, self.limits.max_pixels))
        return self.cut_out(grey, self.find(grey), picture if isinstance(picture, (str, Path)) else "the picture")

    def cut_out(self, grey: np.ndarray, boxes: list[Box], where: str | Path, tracks: Sequence[int] = ()) -> Found:
        """Cut the faces out of a grey picture: as many as may be, the largest first."""
        kept = boxes[: self.limits.max_faces]
        if len(kept) < len(boxes):
            self.limits.tell(f"{where} has {len(boxes)} faces: only the largest {len(kept)} are read")
        frame = getattr(self.find, "frame", Frame())
        crops = np.array([crop(grey, box, frame) for box in kept], np.uint8).reshape(-1, IMAGE_SIZE, IMAGE_SIZE)
        return Found(kept, crops, tracks[: len(kept)] or [None] * len(kept))

    def name_faces(self, found: Found, y_prob: Sequence[np.ndarray]) -> list[RecognizedFace]:
        """Put together where faces lie and what the model says of them."""
        emoji = self.about.get("emoji", {})
        return [
            RecognizedFace(box.rounded(), dict(zip(self.classes, map(float, row), strict=True)), emoji, track)
            for box, row, track in zip(found.boxes, y_prob, found.tracks, strict=True)
        ]
