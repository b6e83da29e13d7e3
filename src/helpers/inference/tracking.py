"""Follow faces through a film. In: its frames, one after the other. Out: which face is where in each."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from helpers.faces.boxes import Box, intersection_over_union, largest_first

#: Every Nth frame is searched as a whole.
REDETECT_EVERY = 10
#: Around the place where a face is expected, as a share of its box, it is looked for.
AROUND = 0.35
#: A found box that overlaps the one expected by less (intersection over union) is another face.
SAME_FACE = 0.15
#: A face that is missed in more frames than this is gone; one that comes later is a new one.
KEEP = 10
#: Each frame a face is missed, it is expected to move on at this share of its speed.
SLOWER = 0.8
#: A box follows a still face's found boxes by this share of the way.
GAIN = 0.25


@dataclass
class _Track:
    """A face: where it is expected to be, how fast it moves, how many frames ago it was seen."""

    state: np.ndarray  # x and y of the middle, logarithms of width and height, degrees
    speed: np.ndarray  # of the middle, pixels a frame
    score: float
    age: int = 0  # frames since it was seen
    missed: int = 0  # those in which it was looked for

    @classmethod
    def of(cls, box: Box) -> "_Track":
        return cls(_measured(box), np.zeros(2), box.score)

    def predict(self) -> None:
        """Move on by a frame at constant velocity."""
        self.state[:2] += self.speed
        self.age += 1

    def miss(self) -> None:
        self.missed += 1
        self.speed *= SLOWER

    def see(self, box: Box, jitter: float) -> None:
        """Correct what was expected by what was found: a g-h filter, whose gain is 1 for moves beyond the jitter."""
        error = _measured(box) - self.state
        error[4] = (error[4] + 180) % 360 - 180
        shares = np.abs(error) / [*np.exp(self.state[2:4]), 1, 1, 90]
        gain = min(1.0, GAIN + (shares.max() / jitter) ** 2) if jitter else 1.0
        self.state += gain * error
        self.speed += gain**2 / (2 - gain) * error[:2] / self.age  # critically damped
        self.score, self.age, self.missed = box.score, 0, 0

    @property
    def box(self) -> Box:
        width, height = np.exp(self.state[2:4])
        x, y, angle = self.state[0] - width / 2, self.state[1] - height / 2, (self.state[4] + 180) % 360 - 180
        return Box(*(round(float(side)) for side in (x, y, width, height)), self.score, float(angle))


class FaceTracker:
    """Finds faces where they are expected after the last frames, and everywhere only now and then.

    Called with the frames of a film, it gives a dict for each: from a number that a face keeps, also when it is missed
    in a few frames, to its box; the largest first. Faces that are missed just now are left out.

    Parameters
    ----------
    find : callable
        Finds boxes in a grey picture. Where it has an attribute ``near``, a function of a window and the width of the
        face in it, that is asked for the faces that are known already.
    every : int
        Every Nth frame is searched as a whole; so is any in which a face is lost.
    detect_every : int
        Only in every Nth frame anything is searched for; in between, boxes move on at constant velocity.
    keep : int
        In so many frames after another a face may be missed and keeps its number.
    jitter : float
        Boxes that are found so far from where they were expected, as a share of the face's width, are followed at once;
        the nearer they are, the more they are taken for noise. 0 follows each.

    Examples
    --------
    >>> track = FaceTracker(lambda grey: [Box(10, 20, 30, 30)], every=1)
    >>> [track(np.zeros((90, 120), np.uint8)) for frame in range(2)][1]
    {1: Box(left=10, top=20, width=30, height=30, score=1.0, angle=0.0)}
    """

    def __init__(
        self,
        find: Callable[[np.ndarray], list[Box]],
        every: int = REDETECT_EVERY,
        detect_every: int = 1,
        keep: int = KEEP,
        jitter: float = 0.15,
    ):
        self._find, self._every, self._detect_every = find, every, detect_every
        self._near = getattr(find, "near", lambda window, width: find(window))
        self._keep, self._jitter = keep, jitter
        self._tracks: dict[int, _Track] = {}
        self._last, self._shape, self._frame, self._searched = 0, None, -1, 0

    def __call__(self, grey: np.ndarray) -> dict[int, Box]:
        """Give the faces of the next frame."""
        self._frame += 1
        if grey.shape != self._shape:
            self._tracks, self._shape, self._frame = {}, grey.shape, 0
        for track in self._tracks.values():
            track.predict()
        if self._frame % self._detect_every == 0:
            self._look(grey)
        seen = {number: track.box for number, track in self._tracks.items() if not track.missed}
        return dict(sorted(seen.items(), key=lambda item: -item[1].area))

    def _look(self, grey: np.ndarray) -> None:
        soon = self._searched + self._every > self._frame
        found = self._expected(grey) if soon else None
        if found is None:
            found, self._searched = self._match(self._find(grey)), self._frame
        for number, track in list(self._tracks.items()):
            if number in found:
                track.see(found[number], self._jitter)
            else:
                track.miss()
                if track.missed > self._keep:
                    del self._tracks[number]
        for number in found.keys() - self._tracks.keys():
            self._tracks[number] = _Track.of(found[number])

    def _expected(self, grey: np.ndarray) -> dict[int, Box] | None:
        """Find the known faces near where they are expected; None if one of those just seen is not there."""
        found = {}
        for number, track in self._tracks.items():
            if box := self._nearest(grey, track.box):
                found[number] = box
            elif not track.missed:
                return None
        return found if found and not _twice(found.values()) else None

    def _nearest(self, grey: np.ndarray, box: Box) -> Box | None:
        aside, above = round(AROUND * box.width), round(AROUND * box.height)
        left, top = max(0, box.left - aside), max(0, box.top - above)
        window = grey[top : max(0, box.top + box.height + above), left : max(0, box.left + box.width + aside)]
        if not window.size:  # it was expected to leave the picture
            return None
        found = self._near(window, box.width)
        boxes = [one._replace(left=left + one.left, top=top + one.top) for one in found]
        return min(boxes, key=lambda one: _apart(one, box), default=None)

    def _match(self, boxes: list[Box]) -> dict[int, Box]:
        """Give found boxes the numbers of the faces that they overlap most, pair by pair; the others get new ones."""
        numbers = list(self._tracks)
        overlap = intersection_over_union([self._tracks[number].box for number in numbers], boxes)
        found, left = {}, dict(enumerate(boxes))
        while overlap.size and overlap.max() >= SAME_FACE:
            row, column = np.unravel_index(overlap.argmax(), overlap.shape)
            found[numbers[row]] = left.pop(int(column))
            overlap[row], overlap[:, column] = 0, 0
        for box in largest_first(left.values()):
            self._last += 1
            found[self._last] = box
        return found


def _measured(box: Box) -> np.ndarray:
    across, down = box.left + box.width / 2, box.top + box.height / 2
    return np.array([across, down, np.log(box.width), np.log(box.height), box.angle], float)


def _twice(boxes) -> bool:
    """Whether two boxes went to the same face."""
    pairs = combinations(boxes, 2)
    return any(_apart(one, other) < (min(one.width, other.width) / 2) ** 2 for one, other in pairs)


def _apart(one: Box, other: Box) -> float:
    """How far the middles of two boxes are apart, squared."""
    return float(((_measured(one) - _measured(other))[:2] ** 2).sum())
