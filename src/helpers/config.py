"""Where things lie and what they are called. No other module builds a path of the project.

Environment variables, all optional:

FER_DATA     a file or folder with real data, or ``rendered`` to insist on the built-in faces
FER_HOME     the project's folder, where the package is installed away from it
FER_FIGURES  where figures are written instead of ``figures/``
"""

import os
from pathlib import Path

HOME = Path(os.environ.get("FER_HOME") or Path(__file__).resolve().parents[2]).resolve()

DATA = HOME / "data"
RAW = DATA / "raw"  # the user's downloads, never changed by us
PROCESSED = DATA / "processed"  # caches, safe to delete
RESULTS = HOME / "results"
ABLATION_RESULTS = RESULTS / "ablation"  # short trainings with one thing changed at a time
QUICK = HOME / "build" / "quick"  # trainings that are only looked at
MODELS = HOME / "models"
CHECKPOINTS = HOME / "checkpoints"  # weights that are not shipped; git ignores them
FIGURES = Path(os.environ.get("FER_FIGURES") or HOME / "figures")

#: FER-2013's classes in the order of its numbers 0 to 6.
EXPRESSIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")

#: How they are drawn: Okabe and Ito's colours, which people with any colour vision can tell apart.
COLOURS = {
    "angry": "#D55E00",
    "disgust": "#009E73",
    "fear": "#8A4FBE",
    "happy": "#E69F00",
    "sad": "#0072B2",
    "surprise": "#CC79A7",
    "neutral": "#7A7A7A",
}
EMOJI = dict(zip(EXPRESSIONS, "😠🤢😨😀😢😮😐", strict=True))

#: FER-2013's splits: learn on the first, choose on the second, report the third once.
SPLITS = ("Training", "PublicTest", "PrivateTest")

#: Faces are SIDE x SIDE grey pixels.
SIDE = 48
