"""Every figure of the notebooks, one function each, in one style.

In: numbers and pictures. Out: a Matplotlib figure. ``save`` keeps one under ``figures/``.
"""

from helpers.figures.adaptation import few_shot, importance, label_shift, labels_needed, response
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
from helpers.figures.detection import boxes_on_pictures, map_to_boxes, overlaps, target_maps
from helpers.figures.finders import (
    cost_and_quality,
    detection_history,
    f1_by_size,
    found_by_turn,
    found_in_group,
    precision_recall_curves,
)
from helpers.figures.results import ablation, calibration, leaderboard
from helpers.figures.saving import images_close, save
from helpers.figures.timeline import expression_timeline
from helpers.figures.vgg_collapse import vgg_collapse_curves, vgg_collapse_layers

__all__ = [
    "ablation",
    "accuracy_dots",
    "agreement",
    "averages",
    "boxes_on_pictures",
    "calibration",
    "class_balance",
    "class_grid",
    "confusion",
    "cost_and_quality",
    "detection_history",
    "expression_faces",
    "expression_timeline",
    "f1_by_size",
    "faces_in_a_row",
    "few_shot",
    "found_by_turn",
    "found_in_group",
    "images_close",
    "importance",
    "label_by_votes",
    "label_shift",
    "labels_needed",
    "leaderboard",
    "learning_curves",
    "light",
    "map_to_boxes",
    "mean_differences",
    "overlaps",
    "per_class_recall",
    "picture_rows",
    "precision_recall_curves",
    "response",
    "save",
    "smiles",
    "target_maps",
    "unit_gallery",
    "vgg_collapse_curves",
    "vgg_collapse_layers",
]
