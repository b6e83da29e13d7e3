"""Pictures with faces somewhere in them: ``Scenes``, the type beside ``Faces``.

In: pictures of any size, and the boxes of the faces in each. Out: an immutable set of scenes that can be narrowed down
and counted, and that shows itself in a notebook.
"""

import hashlib
import io
from collections.abc import Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from helpers.faces.base import DataError, ImageSet
from helpers.faces.boxes import Box
from helpers.faces.pictures import BadPicture, read_picture

if TYPE_CHECKING:
    import pandas as pd

#: How many faces a scene holds, in the words of tables.
KINDS = ("none", "one", "many")


class Scenes(ImageSet):
    """A set of pictures with the boxes of their faces, which nothing can change.

    Parameters
    ----------
    pictures : sequence of bytes or array of uint8
        Picture files as they are, or arrays (h, w) or (h, w, 3). They may differ in size.
    boxes : sequence of arrays of float, each of shape (k, 4)
        Left, top, width and height of the faces of each picture, in pixels; k may be 0.
    split : sequence of str
        As for ``Faces``.
    names : sequence of str, optional
        What each picture is called, by default its number.
    attributes : DataFrame, optional
        Whatever else is known of each face: a row for each box, in the order of pictures.
    name : str
        Where the scenes come from.

    Examples
    --------
    >>> grey = np.zeros((60, 80), np.uint8)
    >>> scenes = Scenes([grey, grey], [[(10, 20, 16, 16)], []], ["Training"] * 2)
    >>> scenes
    Scenes('scenes': 2 pictures, 1 faces; none 1, one 1, many 0)
    >>> scenes.boxes_of(0)
    [Box(left=10.0, top=20.0, width=16.0, height=16.0, score=1.0, angle=0.0)]
    """

    _items = "pictures"

    def __init__(
        self,
        pictures: Sequence[bytes | np.ndarray],
        boxes: Sequence[np.ndarray],
        split: Sequence[str],
        *,
        names: Sequence[str] | None = None,
        attributes: "pd.DataFrame | None" = None,
        name: str = "scenes",
    ):
        each = [_box_array(some) for some in boxes]
        if not len(pictures) == len(each) == len(split):
            raise DataError(
                f"{len(pictures)} pictures, boxes for {len(each)}, {len(split)} splits: "
                "give one of each for every picture"
            )
        self.pictures = tuple(p if isinstance(p, bytes) else _png(p) for p in pictures)
        self.split = np.array(split, dtype=str)
        self.names = tuple(map(str, range(len(pictures)) if names is None else names))
        self.boxes = np.concatenate([np.empty((0, 4)), *each])
        self.picture_of = np.repeat(np.arange(len(each)), [len(some) for some in each])
        self.name = str(name)
        for array in (self.split, self.boxes, self.picture_of):
            array.flags.writeable = False
        self._attributes = None if attributes is None else attributes.reset_index(drop=True)
        self._check()

    def _check(self) -> None:
        if len(self.names) != len(self):
            raise DataError(f"{len(self.names)} names for {len(self)} pictures: give one for each")
        self._check_split()
        if self._attributes is not None and len(self._attributes) != len(self.boxes):
            raise DataError(f"{len(self._attributes)} rows of attributes for {len(self.boxes)} boxes")
        flat = np.flatnonzero(~(self.boxes[:, 2:] > 0).all(axis=1) | ~np.isfinite(self.boxes).all(1))
        if len(flat):
            place = self.names[self.picture_of[flat[0]]]
            raise DataError(f"{self.name}, {place}: a box of {self.boxes[flat[0]].tolist()} is none")

    def __reduce__(self):
        # Through the constructor, so that a copy is as read-only as the original.
        boxes = [self.boxes[self._rows(number)] for number in range(len(self))]
        more = {what: getattr(self, what) for what in ("names", "attributes", "name")}
        return partial(Scenes, self.pictures, boxes, self.split, **more), ()

    def picture(self, number: int) -> np.ndarray:
        """Decode a picture: RGB, uint8, shape (h, w, 3)."""
        try:
            return read_picture(self.pictures[number])
        except BadPicture as error:
            reason = str(error).removeprefix("the picture ")
            raise DataError(f"{self.name}, {self.names[number]} {reason}") from error

    def boxes_of(self, number: int) -> list[Box]:
        """Give the boxes of a picture's faces."""
        return [Box(*box) for box in self.boxes[self._rows(number)].tolist()]

    def _rows(self, number: int) -> slice:
        """Say where the boxes of a picture stand among those of all."""
        number = range(len(self))[number]  # counts negative ones from the end, refuses others
        return slice(*np.searchsorted(self.picture_of, (number, number + 1)).tolist())

    @cached_property
    def faces_in_each(self) -> np.ndarray:
        """How many faces each picture has: int, shape (n,)."""
        counts = np.bincount(self.picture_of, minlength=len(self))
        counts.flags.writeable = False
        return counts

    def take(self, which: Sequence[int]) -> "Scenes":
        """Return the pictures at the positions `which` (or where it is true), in that order."""
        which = self._positions(which)
        rows = [self._rows(number) for number in which]
        order = np.r_[(np.empty(0, int), *rows)].astype(int)
        return Scenes(
            [self.pictures[number] for number in which],
            [self.boxes[some] for some in rows],
            self.split[which],
            names=[self.names[number] for number in which],
            attributes=None if self._attributes is None else self._attributes.iloc[order],
            name=self.name,
        )

    def counts(self) -> "pd.DataFrame":
        """Return how many pictures hold no face, one, or many, in each split."""
        return self._count(np.minimum(self.faces_in_each, 2), KINDS)

    @cached_property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits of what a finder sees: pictures, boxes and splits."""
        digest = hashlib.blake2b("\n".join(self.split.tolist()).encode(), digest_size=8)
        for part in (*self.pictures, self.boxes.tobytes(), self.picture_of.tobytes()):
            digest.update(part)
        return digest.hexdigest()

    def equals(self, other: "Scenes") -> bool:
        """Return whether everything but the name is the same."""
        same = self.names == other.names and self.fingerprint == other.fingerprint
        return same and self._same_attributes(other)

    def __repr__(self) -> str:
        kind = np.bincount(np.minimum(self.faces_in_each, 2), minlength=3)
        parts = ", ".join(f"{name} {count}" for name, count in zip(KINDS, kind, strict=True))
        return f"Scenes({self.name!r}: {len(self)} pictures, {len(self.boxes)} faces; {parts})"

    def _repr_html_(self) -> str:
        from helpers.faces.show import scenes_as_html

        return scenes_as_html(self)


def joined(parts: Sequence[Scenes]) -> Scenes:
    """Put sets of pictures together; what only some say of a face is missing for the others."""
    import pandas as pd

    if len(parts) == 1:
        return parts[0]
    known = [pd.DataFrame(index=range(len(p.boxes))) if p.attributes is None else p.attributes for p in parts]
    attributes = (
        pd.concat([table for table in known if len(table)], ignore_index=True) if any(map(len, known)) else None
    )
    return Scenes(
        [picture for part in parts for picture in part.pictures],
        [part.boxes[part._rows(number)] for part in parts for number in range(len(part))],
        [split for part in parts for split in part.split],
        names=[f"{part.name}/{name}" for part in parts for name in part.names],
        attributes=attributes if attributes is not None and len(attributes.columns) else None,
        name=" + ".join(part.name for part in parts),
    )


def _box_array(boxes: Sequence) -> np.ndarray:
    if not len(boxes):
        return np.empty((0, 4))
    array = np.asarray(boxes, float)
    if array.ndim != 2 or array.shape[1] != 4:
        raise DataError(f"a box is left, top, width, height: k x 4 numbers, not {array.shape}")
    return array


def _png(pixels: np.ndarray) -> bytes:
    """Keep an array as a picture file, without loss."""
    grey, colour = pixels.ndim == 2, pixels.ndim == 3 and pixels.shape[2] == 3
    if pixels.dtype != np.uint8 or not (grey or colour) or not pixels.size:
        raise DataError(f"a picture is uint8, h x w or h x w x 3, not {pixels.dtype} {pixels.shape}")
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    return file.getvalue()
