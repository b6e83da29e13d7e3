"""Faces in one NumPy file. In: an ``.npz`` with images and labels. Out: Faces.

Arrays: ``images`` (uint8, n x 48 x 48), ``emotion`` or ``label`` (0 to 6, or names), ``usage`` or ``split`` if there
are splits, ``votes`` if there are FER+ votes.
"""

import zipfile
from pathlib import Path

import numpy as np

from helpers.config import IMAGE_SIZE
from helpers.datasets import columns
from helpers.datasets.columns import IMAGES, LABELS, USAGES, faces_of, pick
from helpers.datasets.ferplus import VOTE_NAMES
from helpers.faces import DataError, Faces


def has_faces(path: Path) -> bool:
    """Return whether an npz file has arrays of pictures and labels (or should have)."""
    try:
        with zipfile.ZipFile(path) as archive:
            return columns.has_faces([name.removesuffix(".npy") for name in archive.namelist()])
    except (zipfile.BadZipFile, OSError):
        return "fer" in path.name.lower()  # damaged: worth an error message, not silence


def read_arrays(path: Path) -> Faces:
    """Read faces from an npz file."""
    name = path.name
    try:
        with np.load(path, allow_pickle=False) as file:
            images = file[pick(file.files, IMAGES, name)]
            values = file[pick(file.files, LABELS, name)]
            usage = pick(file.files, USAGES, name, required=False)
            splits = None if usage is None else file[usage]
            votes = file["votes"] if "votes" in file.files else None
    except DataError:
        raise
    except Exception as error:  # what NumPy and zlib raise on damaged files is no closed list
        raise DataError(f"{name} is no complete npz file of plain arrays: {error}") from error
    if images.ndim == 4 and images.shape[-1] == 1:
        images = images[..., 0]
    if images.dtype != np.uint8 or images.shape[1:] != (IMAGE_SIZE, IMAGE_SIZE):
        needed = f"uint8 of shape (n, {IMAGE_SIZE}, {IMAGE_SIZE})"
        raise DataError(f"{name}: images must be {needed}, not {images.dtype} of {images.shape}")
    for what, array in (("labels", values), ("splits", splits), ("votes", votes)):
        if array is not None and (array.ndim < 1 or len(array) != len(images)):
            raise DataError(f"{name}: {len(images)} images, but {what} of shape {array.shape}")
    if votes is not None and votes.shape[1:] != (len(VOTE_NAMES),):
        raise DataError(f"{name}: votes must have {len(VOTE_NAMES)} columns, not {votes.shape}")
    images.flags.writeable = False
    return faces_of(images, values, splits, name, votes=votes, vote_names=None if votes is None else VOTE_NAMES)
