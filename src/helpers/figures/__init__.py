"""Every figure of the notebooks, one function each, in one style.

In: numbers and pictures. Out: a Matplotlib figure. ``save`` keeps one under ``figures/``.
"""

from helpers.figures.anatomy import expression_faces, smiles, unit_gallery
from helpers.figures.curves import accuracy_dots, confusion, learning_curves, picture_rows
from helpers.figures.data import (
    agreement,
    averages,
    class_balance,
    class_grid,
    faces_in_a_row,
    label_by_votes,
    light,
    mean_differences,
    per_class_recall,
)
from helpers.figures.results import ablation, calibration, leaderboard
from helpers.figures.saving import images_close, save
from helpers.figures.vgg_collapse import vgg_collapse_curves, vgg_collapse_layers

__all__ = [
    "ablation",
    "accuracy_dots",
    "agreement",
    "averages",
    "calibration",
    "class_balance",
    "class_grid",
    "confusion",
    "expression_faces",
    "faces_in_a_row",
    "images_close",
    "label_by_votes",
    "leaderboard",
    "learning_curves",
    "light",
    "mean_differences",
    "per_class_recall",
    "picture_rows",
    "save",
    "smiles",
    "unit_gallery",
    "vgg_collapse_curves",
    "vgg_collapse_layers",
]
