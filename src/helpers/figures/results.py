"""Figures about a recipe: what each ingredient brings, and how sure a model may be of itself."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from helpers.evaluation.calibration import expected_calibration_error, reliability_table
from helpers.figures.style import BETTER, GRID, INK, MUTED, SERIES, WORSE, new_figure

#: Of confidence, as `expected_calibration_error` has them.
_BINS = 15
#: Bars of what others made.
_OTHERS = "#C4C8CE"


def ablation(table: pd.DataFrame, first: str = "recipe") -> Figure:
    """Draw how far each variant's accuracy is from the recipe's, in colour if beyond all errors.

    Parameters
    ----------
    table : DataFrame
        From `helpers.evaluation.leaderboards.ablation_table`, with the variants' names as a reader should see them.
    first : str
        The recipe as it is.
    """
    figure, axes = new_figure(10, 0.3 * len(table) + 1.4)
    height = np.arange(len(table))[::-1]
    beyond = table["difference"].abs() > np.fmax(table["error"], table.loc[first, "error"])
    colours = np.where(beyond, np.where(table["difference"] > 0, BETTER, WORSE), MUTED)
    axes.axvline(0, color=INK, lw=1)
    axes.hlines(height, table["difference"] - table["error"], table["difference"] + table["error"], colours, lw=2.4)
    axes.scatter(table["difference"], height, color=colours, s=64, zorder=3)
    axes.set_yticks(height, table.index)
    axes.set_xlabel(
        "difference in PublicTest's accuracy, points, and two standard errors over its faces\n"
        "(of the recipe itself: two standard deviations between its seeds)"
    )
    axes.grid(axis="x", color=GRID)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    return figure


def calibration(predictions: dict[str, tuple[np.ndarray, np.ndarray]]) -> Figure:
    """Draw accuracy against confidence; on the diagonal a model is as right as it is sure.

    Parameters
    ----------
    predictions : dict
        Name -> y_true and y_prob.
    """
    figure, places = new_figure(4.4 * len(predictions), 4.2, 1, len(predictions), sharey=True, squeeze=False)
    figure.get_layout_engine().set(wspace=0.06)  # the panels' 100 and 0 would touch
    for axes, (name, (y_true, y_prob)) in zip(places.flat, predictions.items(), strict=True):
        table = reliability_table(y_true, y_prob, _BINS)
        axes.plot([0, 100], [0, 100], color=INK, lw=1, ls=(0, (4, 3)))
        width = 100 / _BINS
        axes.bar((table.index + 0.5) * width, 100 * table["share"], 0.9 * width, color="#D7DBE0")
        axes.plot(
            100 * table["confidence"], 100 * table["accuracy"], "o-",
            color=SERIES[0], lw=2.4, ms=7, clip_on=False, zorder=3,
        )  # fmt: skip
        error = expected_calibration_error(y_true, y_prob, _BINS)
        axes.set(title=name, xlabel="confidence, %", xlim=(0, 100), ylim=(0, 100))
        axes.text(4, 92, f"calibration error {error:.3f}", fontsize=10, color=MUTED)
    places[0, 0].set_ylabel("accuracy, %; bars: share of the faces")
    return figure


def leaderboard(accuracies: pd.Series, ours: set[str]) -> Figure:
    """Draw accuracies as bars, the highest first, ours in colour.

    Parameters
    ----------
    accuracies : Series
        In percent, by name.
    ours : set of str
        Names of those that this project trained.
    """
    accuracies = accuracies.sort_values(ascending=False, kind="stable")
    figure, axes = new_figure(9, 0.42 * len(accuracies) + 1.0)
    height = np.arange(len(accuracies))[::-1]
    colours = [SERIES[0] if name in ours else _OTHERS for name in accuracies.index]
    axes.barh(height, accuracies, 0.66, color=colours)
    shades = [Patch(color=shade) for shade in (SERIES[0], _OTHERS)]
    figure.legend(shades, ["this project", "published"], loc="outside upper right", ncols=2)
    for y, value in zip(height, accuracies, strict=True):
        axes.text(value + 0.6, y, f"{value:.1f}", va="center", color=INK)
    axes.set_yticks(height, accuracies.index)
    axes.set(xlabel="accuracy on PrivateTest, %", xlim=(0, 85))
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    return figure
