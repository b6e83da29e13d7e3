"""Read the expressions in a film. In: its frames, one after the other. Out: the faces in each, told apart."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

from helpers.faces.pictures import read_picture, to_grey
from helpers.inference.batches import Found, classify, work_ahead
from helpers.inference.films import RATE, Frame, read_film
from helpers.inference.tracking import KEEP, REDETECT_EVERY, FaceTracker

#: Scores are averaged over about so many seconds.
SMOOTH = 0.3
#: Faces are found in so many frames ahead of those that the model reads.
AHEAD = 8
#: A face that was not seen for so many seconds is forgotten.
FORGET = 10.0


class ExpressionTracker:
    """Reads one film; `ExpressionRecognizer.tracking` makes it.

    Parameters
    ----------
    recognizer : ExpressionRecognizer
        Whose model, finder and limits are used.
    every : int
        It is shown every Nth frame of the film.
    smooth : float
        Time constant in seconds of the exponential average of a face's scores; 0 leaves each frame's as they are.
        Where there is one, frames are read as they are and mirrored by turns: the average holds both views of a face,
        at the time of one.
    detect_every : int
        Faces are looked for in every Nth frame that it is shown; in between, boxes move on as they moved.
    """

    def __init__(self, recognizer, every: int = 1, smooth: float = SMOOTH, detect_every: int = 1):
        self._recognizer, self._every, self._smooth = recognizer, every, smooth
        search, keep = (max(1, frames // every) for frames in (REDETECT_EVERY, KEEP))
        self._track = FaceTracker(recognizer.find, search, detect_every, keep)
        self._scores: dict[int, tuple[float, np.ndarray]] = {}
        self._located = self._shown = 0

    def __call__(self, picture, seconds: float | None = None) -> list:
        """Classify the faces of the next frame, shown at `seconds`, the largest first."""
        found = self._locate(picture)
        seconds = self._shown * self._every / RATE if seconds is None else seconds
        return self._faces(found, self._read(found.crops), seconds)

    def read(self, path: Path) -> Iterator[tuple[Frame, list]]:
        """Give every Nth frame of a film with its faces; memory does not grow with the film."""
        with closing(self._frames(path)) as frames:
            yield from self.follow(frames)

    def follow(self, frames: Iterable[Frame]) -> Iterator[tuple[Frame, list]]:
        """Give frames with their faces: they are searched in a thread while the model reads those before."""
        with closing(work_ahead(lambda one: self._locate(one.pixels), frames, AHEAD, 1)) as located:
            for frame, found, y_prob in classify(located, self._read, AHEAD):
                if isinstance(found, Exception):
                    raise found
                yield frame, self._faces(found, y_prob, frame.seconds)

    def _frames(self, path: Path) -> Iterator[Frame]:
        limits = self._recognizer.limits
        for count, frame in enumerate(read_film(path, self._every)):
            if count == limits.max_frames:
                return limits.tell(f"{path}: only {count} frames are read")
            if limits.max_seconds is not None and frame.seconds >= limits.max_seconds:
                return limits.tell(f"{path}: only the first {limits.max_seconds:g} seconds are read")
            yield frame

    def _locate(self, picture) -> Found:
        grey = to_grey(read_picture(picture, self._recognizer.limits.max_pixels))
        faces = self._track(grey)
        found = self._recognizer.cut_out(grey, list(faces.values()), "a frame", list(faces))
        self._located += 1
        return found._replace(crops=found.crops[:, :, ::-1]) if self._by_turns and self._located % 2 else found

    def _read(self, faces: np.ndarray) -> np.ndarray:
        return self._recognizer.predict_proba(faces, False if self._by_turns else None)

    @property
    def _by_turns(self) -> bool:
        return bool(self._smooth) and self._recognizer.mirrored

    def _faces(self, found: Found, y_prob: np.ndarray, seconds: float) -> list:
        self._shown += 1
        smoothed = [self._smoothed(*one, seconds) for one in zip(found.tracks, y_prob, strict=True)]
        self._scores = {number: last for number, last in self._scores.items() if seconds - last[0] < FORGET}
        return self._recognizer.name_faces(found, smoothed)

    def _smoothed(self, number: int, y_prob: np.ndarray, seconds: float) -> np.ndarray:
        if self._smooth and number in self._scores:
            when, before = self._scores[number]
            y_prob = before + (1 - np.exp(-max(0.0, seconds - when) / self._smooth)) * (y_prob - before)
        self._scores[number] = seconds, y_prob
        return y_prob
