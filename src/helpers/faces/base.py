"""What ``Faces`` and ``Scenes`` share: splits, attributes, and that nothing can change them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from helpers.config import SPLITS

if TYPE_CHECKING:  # recognition needs this room, but no tables
    import pandas as pd

#: Every name a split can have. "Test" is a test set that cannot be told apart into FER-2013's two.
SPLIT_NAMES = (*SPLITS, "Test")


class DataError(ValueError):
    """Data that cannot be used as it is; the message names the place and says what to do."""


class ImageSet:
    """Images in splits, perhaps with attributes. A subclass sets `_attributes` last: that locks it."""

    _items = "images"

    def _check_split(self) -> None:
        if unknown := sorted(set(np.unique(self.split).tolist()) - set(SPLIT_NAMES)):
            raise DataError(f"unknown split {unknown[0]!r}: use one of {', '.join(SPLIT_NAMES)}")

    @property
    def attributes(self) -> "pd.DataFrame | None":
        """What else is known of each face (a copy: a table cannot be locked), or None."""
        return None if self._attributes is None else self._attributes.copy()

    def __setattr__(self, name, value):
        if "_attributes" in self.__dict__:
            raise AttributeError(f"{type(self).__name__} cannot be changed: make new ones instead of setting {name!r}")
        super().__setattr__(name, value)

    def __delattr__(self, name):
        raise AttributeError(f"{type(self).__name__} cannot be changed: {name!r} stays")

    def __len__(self) -> int:
        return len(self.split)

    def in_split(self, *splits: str):
        """Return what is in one split or several: ``Training``, ``PublicTest``, and so on."""
        here = np.isin(self.split, splits)
        if not here.any():
            raise DataError(f"no {type(self).__name__.lower()} in split {' or '.join(splits)}: {self!r}")
        return self.take(here)

    def _positions(self, which: Sequence[int]) -> np.ndarray:
        """Give the positions `which`, or those where it is true."""
        which = np.asarray(which)
        if which.dtype == bool:
            if which.shape != (len(self),):
                raise DataError(f"{len(which)} times true or false for {len(self)} {self._items}")
            which = np.flatnonzero(which)
        return which.astype(np.intp)

    def _count(self, kind: np.ndarray, names: Sequence[str]) -> "pd.DataFrame":
        """Count the kinds, given as positions in `names`, in each split that there is."""
        import pandas as pd

        counts = {
            split: np.bincount(kind[self.split == split], minlength=len(names))
            for split in SPLIT_NAMES
            if split in self.split
        }
        return pd.DataFrame(counts, index=list(names))

    def _same_attributes(self, other: "ImageSet") -> bool:
        mine, theirs = self._attributes, other._attributes
        return mine is theirs if mine is None or theirs is None else mine.equals(theirs)
