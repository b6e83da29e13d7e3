"""What recognition may spend on a picture or a film."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds that a caller sets; None sets none. What is left out because of them is told.

    Attributes
    ----------
    max_pixels : int, optional
        Larger pictures are refused (`TooLarge`) before they are decoded; None stands for `pictures.MAX_PIXELS`.
    max_faces : int, optional
        So many faces of a picture are read, the largest.
    max_frames, max_seconds : int and float, optional
        So much of a film is read, from its beginning; frames that are left out on purpose do not count.
    tell : callable
        Called with a sentence where something is left out; by default it becomes a warning.
    """

    max_pixels: int | None = None
    max_faces: int | None = None
    max_frames: int | None = None
    max_seconds: float | None = None
    tell: Callable[[str], None] = warnings.warn
