"""Every figure of the notebooks, one function each, in one look.

In: numbers and pictures. Out: a Matplotlib figure. ``save`` keeps one under ``figures/``.
"""

from helpers.figures.anatomy import expression_faces, smiles, unit_gallery
from helpers.figures.data import (
    agreement,
    averages,
    class_balance,
    class_grid,
    departures,
    faces_in_a_row,
    label_by_votes,
    light,
    recalls,
)
from helpers.figures.look import save
from helpers.figures.recipe import calibration, ingredients, standings
from helpers.figures.training import confusion, histories, ladder, pictures
from helpers.figures.vgg import stuck_curves, stuck_layers

__all__ = [
    "agreement",
    "averages",
    "calibration",
    "class_balance",
    "class_grid",
    "confusion",
    "departures",
    "expression_faces",
    "faces_in_a_row",
    "histories",
    "ingredients",
    "label_by_votes",
    "ladder",
    "light",
    "pictures",
    "recalls",
    "save",
    "smiles",
    "standings",
    "stuck_curves",
    "stuck_layers",
    "unit_gallery",
]
