"""Figures about a recipe: what each ingredient brings, and how sure a model may be of itself."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from helpers.config import COLOURS
from helpers.evaluation import calibration_error, reliability
from helpers.figures.look import INK, MUTED, SPLIT_COLOURS, canvas

#: Of confidence, as `helpers.evaluation.calibration_error` has them.
_BINS = 15


def ingredients(table: pd.DataFrame, first: str = "recipe") -> Figure:
    """Draw how far each variant is ahead of the recipe; coloured where that is beyond all errors.

    Parameters
    ----------
    table : DataFrame
        From `helpers.runs.ablation`, with the variants' names as a reader should see them.
    first : str
        The recipe as it is.
    """
    figure, axes = canvas(10, 0.3 * len(table) + 1.4)
    height = np.arange(len(table))[::-1]
    beyond = table["ahead"].abs() > np.fmax(table["error"], table.loc[first, "error"])
    colours = np.where(
        beyond, np.where(table["ahead"] > 0, COLOURS["disgust"], COLOURS["angry"]), MUTED
    )
    axes.axvline(0, color=INK, lw=1)
    axes.hlines(
        height, table["ahead"] - table["error"], table["ahead"] + table["error"], colours, lw=2.4
    )
    axes.scatter(table["ahead"], height, color=colours, s=64, zorder=3)
    axes.set_yticks(height, table.index)
    axes.set_xlabel(
        "points of PublicTest's accuracy ahead, and two standard errors over its faces\n"
        "(of the recipe itself: two standard deviations between its seeds)"
    )
    axes.grid(axis="x", color="#E6E8EB")
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    return figure


def calibration(answers: dict[str, tuple[np.ndarray, np.ndarray]]) -> Figure:
    """Draw how often models are right against how sure they are; on the diagonal is honest.

    Parameters
    ----------
    answers : dict
        Name -> labels and probabilities.
    """
    figure, places = canvas(4.4 * len(answers), 4.2, 1, len(answers), sharey=True, squeeze=False)
    for axes, (name, (labels, probabilities)) in zip(places.flat, answers.items(), strict=True):
        table = reliability(labels, probabilities, _BINS)
        axes.plot([0, 100], [0, 100], color=INK, lw=1, ls=(0, (4, 3)))
        width = 100 / _BINS
        axes.bar((table.index + 0.5) * width, 100 * table["share"], 0.9 * width, color="#D7DBE0")
        axes.plot(
            100 * table["confidence"], 100 * table["accuracy"], "o-",
            color=SPLIT_COLOURS["PrivateTest"], lw=2.4, ms=7,
        )  # fmt: skip
        error = calibration_error(labels, probabilities, _BINS)
        axes.set(title=name, xlabel="how sure, %", xlim=(0, 100), ylim=(0, 100))
        axes.text(4, 92, f"calibration error {error:.3f}", fontsize=10, color=MUTED)
    places[0, 0].set_ylabel("right, %; bars: share of the faces")
    return figure


def standings(accuracies: pd.Series, ours: set[str]) -> Figure:
    """Draw accuracies as bars, the highest first, ours in colour.

    Parameters
    ----------
    accuracies : Series
        In percent, by name.
    ours : set of str
        Names of those that this project trained.
    """
    accuracies = accuracies.sort_values(ascending=False, kind="stable")
    figure, axes = canvas(9, 0.42 * len(accuracies) + 1.0)
    height = np.arange(len(accuracies))[::-1]
    colours = [
        SPLIT_COLOURS["PrivateTest"] if name in ours else "#C4C8CE" for name in accuracies.index
    ]
    axes.barh(height, accuracies, 0.66, color=colours)
    for y, value in zip(height, accuracies, strict=True):
        axes.text(value + 0.6, y, f"{value:.1f}", va="center", color=INK)
    axes.set_yticks(height, accuracies.index)
    axes.set(xlabel="accuracy on PrivateTest, %", xlim=(0, 85))
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    return figure
