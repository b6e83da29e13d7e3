"""The one type that every data set becomes: ``Faces``.

In: arrays (pictures, labels, splits, perhaps votes and attributes). Out: an immutable set of faces that can be narrowed
down, relabelled, counted, and that shows itself in a notebook.
"""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from helpers.config import IMAGE_SIZE
from helpers.faces.base import DataError, ImageSet
from helpers.faces.sampling import stratified

if TYPE_CHECKING:
    import pandas as pd

_FIELDS = ("images", "labels", "classes", "split", "votes", "vote_names", "attributes", "row_ids", "name")


class Faces(ImageSet):
    """A set of labelled faces, which nothing can change.

    Arrays that can be written to are copied; read-only ones, such as memory-mapped files, are kept as they are.

    Parameters
    ----------
    images : array of uint8, shape (n, 48, 48)
        Grey pictures.
    labels : array of int, shape (n,)
        Each picture's class, as a position in `classes`.
    classes : sequence of str
        Names of the classes.
    split : array of str, shape (n,)
        ``Training``, ``PublicTest`` or ``PrivateTest``; ``Test`` where the two tests are mixed.
    votes : array of uint8, shape (n, k), optional
        How many observers chose each of the `vote_names`.
    vote_names : sequence of str, optional
        What the columns of `votes` mean.
    attributes : DataFrame with n rows, optional
        Whatever else is known of each face. Reading it gives a copy.
    row_ids : array of int, shape (n,), optional
        Where each face was in the original order.
    name : str
        Where the faces come from.

    Examples
    --------
    >>> pictures = np.zeros((3, 48, 48), np.uint8)
    >>> faces = Faces(pictures, [0, 1, 1], ["sad", "happy"], ["Training"] * 3)
    >>> faces
    Faces('faces': 3 faces, 2 classes; Training 3)
    >>> faces.select("happy").counts()
           Training
    happy         2
    """

    _items = "faces"

    def __init__(
        self,
        images: np.ndarray,
        labels: Sequence[int],
        classes: Sequence[str],
        split: Sequence[str],
        *,
        votes: np.ndarray | None = None,
        vote_names: Sequence[str] | None = None,
        attributes: "pd.DataFrame | None" = None,
        row_ids: Sequence[int] | None = None,
        name: str = "faces",
    ):
        images = np.asarray(images)
        if images.dtype != np.uint8 or images.shape[1:] != (IMAGE_SIZE, IMAGE_SIZE):
            needed = f"uint8 of shape (n, {IMAGE_SIZE}, {IMAGE_SIZE})"
            raise DataError(f"images must be {needed}, not {images.dtype} of {images.shape}")
        self.images = _locked(images)
        self.labels = _whole_numbers("labels", labels, np.int64)
        self.classes = tuple(map(str, classes))
        self.split = _locked(np.asarray(split, dtype=str))
        self.votes = None if votes is None else _whole_numbers("votes", votes, np.uint8)
        self.vote_names = None if vote_names is None else tuple(map(str, vote_names))
        self.row_ids = _whole_numbers("row_ids", np.arange(len(images)) if row_ids is None else row_ids, np.int64)
        self.name = str(name)
        self._attributes = None if attributes is None else attributes.reset_index(drop=True)
        self._check()

    def _check(self) -> None:
        count, classes = len(self.images), len(self.classes)
        for what in ("labels", "split", "votes", "attributes", "row_ids"):
            values = getattr(self, what)
            if values is not None and len(values) != count:
                raise DataError(f"{len(values)} {what} for {count} images: give one for each")
        if not classes or len(set(self.classes)) != classes:
            raise DataError(f"classes must be different names, at least one, not {self.classes}")
        if count and not 0 <= self.labels.min() <= self.labels.max() < classes:
            found = f"{self.labels.min()} to {self.labels.max()}"
            raise DataError(f"labels of {classes} classes are 0 to {classes - 1}, not {found}")
        self._check_split()
        if (self.votes is None) != (self.vote_names is None):
            raise DataError("votes and vote_names belong together: give both or neither")
        if self.votes is not None and self.votes.shape != (count, len(self.vote_names)):
            raise DataError(f"{len(self.vote_names)} vote names for votes of {self.votes.shape}")

    def __reduce__(self):
        # Through the constructor, so that a copy is as read-only as the original.
        return partial(Faces, **self._values()), ()

    def _values(self) -> dict:
        return {what: getattr(self, what) for what in _FIELDS}

    def replace(self, **changes) -> "Faces":
        """Return the same faces with some of the parameters (see above) replaced."""
        return Faces(**{**self._values(), **changes})

    def take(self, which: Sequence[int]) -> "Faces":
        """Return the faces at the positions `which` (or where it is true), in that order."""
        which = self._positions(which)
        if len(which) and (which == np.arange(which[0], which[0] + len(which))).all():
            which = slice(which[0], which[-1] + 1)  # a view: memory-mapped pictures stay on disk
        parts = {}
        for what in ("images", "labels", "split", "votes", "row_ids"):
            if getattr(self, what) is not None:
                parts[what] = getattr(self, what)[which]
                parts[what].flags.writeable = False
        if self._attributes is not None:
            parts["attributes"] = self._attributes.iloc[which]
        return self.replace(**parts)

    def select(self, *classes: str) -> "Faces":
        """Return the faces of these classes only; the classes are numbered in the order given."""
        self._known(classes)
        return self._renamed({name: name for name in classes})

    def relabel(self, mapping: Mapping[str, str | None]) -> "Faces":
        """Return the faces under new class names.

        Parameters
        ----------
        mapping : dict
            New name of every class, or None to drop its faces. Several classes may share a new name; the new classes
            are numbered as their names appear.
        """
        self._known(mapping)
        if missing := [name for name in self.classes if name not in mapping]:
            raise DataError(f"no new name for {', '.join(missing)}: give one, or None to drop them")
        kept = {old: new for old, new in mapping.items() if new is not None}
        if not kept:
            raise DataError("every class is dropped: give at least one a new name")
        return self._renamed(kept)

    def sample(self, n: int | None = None, frac: float | None = None, seed: int = 0) -> "Faces":
        """Return a random part in which every class of every split keeps its share.

        Parameters
        ----------
        n, frac : int or float
            How many faces, or which fraction of them (0 to 1). Give one of the two.
        seed : int
            The same seed takes the same faces.
        """
        if (n is None) == (frac is None):
            raise DataError("say how many faces, n, or which fraction of them, frac")
        if frac is not None:
            if not 0 < frac <= 1:
                raise DataError(f"a fraction is above 0 and at most 1, not {frac}")
            n = round(frac * len(self))
        if not 0 <= n <= len(self):
            raise DataError(f"cannot take {n} of {len(self)} faces")
        split = np.unique(self.split, return_inverse=True)[1]
        return self.take(stratified(split * len(self.classes) + self.labels, int(n), seed))

    def counts(self) -> "pd.DataFrame":
        """Return how many faces there are: a row for each class, a column for each split."""
        return self._count(self.labels, self.classes)

    def class_weights(self) -> dict[int, float]:
        """Return a weight for each label that occurs, so that every class counts the same."""
        from sklearn.utils.class_weight import compute_class_weight  # slow to import

        present = np.unique(self.labels)
        weights = compute_class_weight("balanced", classes=present, y=self.labels)
        return dict(zip(present.tolist(), weights.tolist(), strict=True))

    @cached_property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits of what a model sees: images, labels, classes and splits."""
        digest = hashlib.blake2b(digest_size=8)
        for names in (self.classes, self.split.tolist()):
            digest.update("\n".join((*names, "")).encode())
        digest.update(self.labels.astype("<i8").tobytes())
        digest.update(np.ascontiguousarray(self.images))
        return digest.hexdigest()

    def equals(self, other: "Faces") -> bool:
        """Return whether everything but the name is the same."""
        arrays = [what for what in _FIELDS if what not in ("name", "attributes")]
        same = (np.array_equal(getattr(self, what), getattr(other, what)) for what in arrays)
        return self._same_attributes(other) and all(same)

    def _known(self, names) -> None:
        if not names:
            raise DataError(f"name at least one class of {', '.join(self.classes)}")
        if unknown := [name for name in names if name not in self.classes]:
            raise DataError(f"no class {unknown[0]!r}: there are {', '.join(self.classes)}")

    def _renamed(self, mapping: Mapping[str, str]) -> "Faces":
        names = tuple(dict.fromkeys(mapping.values()))
        number = np.array([names.index(mapping[c]) if c in mapping else -1 for c in self.classes])
        labels = number[self.labels]
        # A label of -1 is dropped first, so that it never reaches the check.
        kept = self.take(labels >= 0)
        return kept.replace(labels=labels[labels >= 0], classes=names)

    def __repr__(self) -> str:
        splits = ", ".join(f"{name} {count}" for name, count in self.counts().sum().items())
        extra = "".join(f", {what}" for what in ("votes", "attributes") if getattr(self, what) is not None)
        about = f"{len(self)} faces, {len(self.classes)} classes{extra}"
        return f"Faces({self.name!r}: {about}; {splits})"

    def _repr_html_(self) -> str:
        from helpers.faces.show import as_html

        return as_html(self)


def _locked(array: np.ndarray) -> np.ndarray:
    if array.flags.writeable:
        array = array.copy()
        array.flags.writeable = False
    return array


def _whole_numbers(what: str, values, dtype: type) -> np.ndarray:
    array = np.asarray(values)
    if array.dtype != dtype and array.size:
        limits = np.iinfo(dtype)
        if array.dtype.kind not in "iu" or array.min() < limits.min or array.max() > limits.max:
            raise DataError(f"{what} must be whole numbers ({limits.dtype}), not {array.dtype}")
    return _locked(array.astype(dtype, copy=False))
