"""Data sets of faces. In: whatever layout they were downloaded in. Out: one type, ``Faces``.

>>> from helpers.datasets import load_faces
>>> faces = load_faces("rendered")  # doctest: +SKIP
"""

from helpers.datasets.loading import load_faces
from helpers.faces import DataError, Faces

__all__ = ["DataError", "Faces", "load_faces"]
