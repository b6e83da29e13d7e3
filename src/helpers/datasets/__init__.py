"""Data sets. In: whatever layout they were downloaded in. Out: one type, ``Faces`` or ``Scenes``.

>>> from helpers.datasets import load_faces
>>> faces = load_faces("rendered")  # doctest: +SKIP
"""

from helpers.datasets.loading import load_faces
from helpers.datasets.scenes import load_scenes
from helpers.faces import DataError, Faces, Scenes

__all__ = ["DataError", "Faces", "Scenes", "load_faces", "load_scenes"]
