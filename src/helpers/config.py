"""Where things lie and what the splits are called. No other module builds a path of the project.

Environment variables, all optional:

FER_DATA     a file or folder with real data, or ``rendered`` to insist on the built-in faces
FER_HOME     the project's folder, where the package is installed away from it
FER_FIGURES  where figures are written instead of ``figures/``
"""

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def _home() -> Path:
    """Find the project: what FER_HOME names, the checkout around this file, or else here."""
    if named := os.environ.get("FER_HOME"):
        return Path(named).resolve()
    checkout = PACKAGE.parents[1]
    return checkout if (checkout / "pyproject.toml").is_file() else Path.cwd()


HOME = _home()

DATA = HOME / "data"
RAW = DATA / "raw"  # the user's downloads, never changed by us
PROCESSED = DATA / "processed"  # caches, safe to delete
STARTS = PROCESSED / "starts"  # weights learnt elsewhere, which `fer starts get` fetched
RESULTS = HOME / "results"
QUICK = HOME / "build" / "quick"  # trainings that are only looked at
CHECKPOINTS = HOME / "checkpoints"  # weights that are not shipped; git ignores them
FIGURES = Path(os.environ.get("FER_FIGURES") or HOME / "figures")
#: Exported models. Those that lie here travel with the package.
SHIPPED = PACKAGE / "inference" / "shipped"

#: FER-2013's splits: learn on the first, choose on the second, report the third once.
TRAINING, VALIDATION, TEST = SPLITS = ("Training", "PublicTest", "PrivateTest")
#: Splits that a model is measured on.
EVAL_SPLITS = (VALIDATION, TEST)

#: Faces are IMAGE_SIZE x IMAGE_SIZE grey pixels.
IMAGE_SIZE = 48
