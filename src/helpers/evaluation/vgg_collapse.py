"""What is compared, and what came out, as plain files. No Keras here."""

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from helpers.config import RESULTS
from helpers.faces import DataError
from helpers.system import read_json, write_json, write_text

RECORDED = RESULTS / "vgg_collapse"
#: How wide VGG19's first block is.
REAL_WIDTH = 64


@dataclass(frozen=True)
class Setting:
    """One way to train VGG19's layout.

    Attributes
    ----------
    name : str
        What figures call it.
    learning_rate : float
        Adam's, at full width. Adam moves each weight by about its rate, so what reaches a unit changes with rate times
        inputs: a network an eighth as wide is given eight times the rate.
    weights, pictures, batch_norm, width
        As for `vgg19_layout`; the weights ``learned`` are a body that `pretrain_body` has trained.
    trainable_from : str
        ``all``, ``head``, or the first block that learns, as ``block5``.
    precision : str
        Of the arithmetic; ``mixed_bfloat16`` is faster on many machines.
    """

    name: str
    learning_rate: float = 1e-3
    weights: str = "Glorot"
    pictures: str = "ImageNet"
    batch_norm: bool = False
    trainable_from: str = "all"
    width: int = 8
    precision: str = "float32"

    @property
    def scaled_learning_rate(self) -> float:
        """The rate for this width."""
        return self.learning_rate * REAL_WIDTH / self.width


_FOUND = Setting("as found")
_LEARNED = Setting("learned start", weights="learned", pictures="even")
#: What was found, then little changed at a time.
SETTINGS = (
    _FOUND,
    replace(_FOUND, name="rate 1e-4", learning_rate=1e-4),
    replace(_FOUND, name="rate 1e-5", learning_rate=1e-5),
    replace(_FOUND, name="He start", weights="He", pictures="even"),
    replace(_FOUND, name="He start, 1e-4", weights="He", pictures="even", learning_rate=1e-4),
    replace(_FOUND, name="batch norm", batch_norm=True),
    replace(_FOUND, name="batch norm, 1e-4", batch_norm=True, learning_rate=1e-4),
    replace(_FOUND, name="0 to 1, 1e-4", pictures="0 to 1", learning_rate=1e-4),
    replace(_FOUND, name="0 to 1, batch norm, 1e-4", pictures="0 to 1", batch_norm=True, learning_rate=1e-4),
    _LEARNED,
    replace(_LEARNED, name="learned start, block 5", trainable_from="block5"),
    replace(_LEARNED, name="learned start, head", trainable_from="head", learning_rate=1e-4),
    replace(_LEARNED, name="learned start, 1e-4", learning_rate=1e-4),
)
_WIDE = replace(_FOUND, name="full width, as found", width=REAL_WIDTH, precision="mixed_bfloat16")
#: The real width, to see whether the narrow network stands for it.
FULL_SETTINGS = (_WIDE, replace(_WIDE, name="full width, rate 1e-4", learning_rate=1e-4))


@dataclass(frozen=True)
class Study:
    """What became of some settings.

    Attributes
    ----------
    curves : DataFrame
        For each `setting` and `step`: `loss` and `accuracy` on held faces, the share of them that the class predicted
        most gets (`most_predicted`), and the probabilities' `std_over_inputs`.
    layers : DataFrame
        What `activation_statistics` found for each `setting` at the first and the last `step`.
    made : dict
        How it was made; `majority` and `entropy` are what knowing the class shares alone gives.
    """

    curves: pd.DataFrame
    layers: pd.DataFrame
    made: dict

    def __add__(self, other: "Study") -> "Study":
        """Join two studies; how they were made is the first's, but for the settings."""
        curves, layers = pd.concat([self.curves, other.curves]), pd.concat([self.layers, other.layers])
        settings = {"settings": self.made["settings"] + other.made["settings"]}
        return Study(curves.reset_index(drop=True), layers.reset_index(drop=True), self.made | settings)

    def summary(self) -> pd.DataFrame:
        """Sum up how each setting ended, in percent; `dead` is the convolutions' mean."""
        last = self.curves.groupby("setting", sort=False).tail(1).set_index("setting")
        ends = self.layers[(self.layers["step"] > 0) & (self.layers["layer"] != "head")]
        dead = ends.groupby("setting")["dead_fraction"].mean().reindex(last.index)
        table = last[["accuracy", "most_predicted"]].assign(dead=dead) * 100
        return table.assign(loss=last["loss"], steps=last["step"])


def save(study: Study, folder: Path = RECORDED) -> Path:
    """Write a study as plain files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("curves", "layers"):
        table = getattr(study, name)
        write_text(folder / f"{name}.csv", table.to_csv(index=False, float_format="%.6g"))
    write_json(folder / "settings.json", study.made)
    return folder


def load(folder: Path = RECORDED) -> Study:
    """Read a study that `save` wrote; the one on FER-2013 by default."""
    try:
        tables = [pd.read_csv(folder / f"{name}.csv") for name in ("curves", "layers")]
        made = read_json(folder / "settings.json")
    except FileNotFoundError as error:
        raise DataError(f"no study in {folder}: `fer vgg-collapse` records one") from error
    return Study(*tables, made)
