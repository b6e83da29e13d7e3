"""Figures about a model that leaves its data set: other shares of the classes, other heads, a few labels."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from helpers.figures.style import GRID, INK, MUTED, SERIES, new_figure


def label_shift(shares: pd.DataFrame) -> Figure:
    """Draw how frequent each class (row) is, in each of the columns: bars side by side, in percent."""
    figure, axes = new_figure(9, 3.6)
    width = 0.8 / shares.shape[1]
    for number, column in enumerate(shares):
        place = np.arange(len(shares)) + (number - (shares.shape[1] - 1) / 2) * width
        axes.bar(place, 100 * shares[column], 0.92 * width, color=SERIES[number], label=column.removeprefix("share "))
    axes.set_xticks(np.arange(len(shares)), shares.index)
    axes.set_ylabel("faces, %")
    axes.grid(axis="y", color=GRID)
    axes.set_axisbelow(True)
    axes.tick_params(axis="x", length=0, labelcolor=INK)
    figure.legend(loc="outside upper left", ncols=shares.shape[1], fontsize=10)
    return figure


def few_shot(curve: pd.DataFrame) -> Figure:
    """Draw what labels bring on people of whom none was labelled, with one standard deviation.

    `curve` is from `helpers.evaluation.adaptation.few_shot_curve`.
    """
    figure, axes = new_figure(8, 3.8)
    place = np.arange(len(curve))
    for colour, name in zip(SERIES, ("accuracy", "balanced accuracy"), strict=False):
        mean, spread = 100 * curve[name], 100 * curve[f"{name}, ±"]
        axes.errorbar(place, mean, spread, color=colour, marker="o", lw=2.2, capsize=3, label=name)
        for x, value in zip(place, mean, strict=True):
            axes.annotate(f"{value:.0f}", (x, value), (7, 6), textcoords="offset points", color=colour)
    axes.set_xticks(place, curve.index)
    axes.set(xlabel="labelled faces of other people", ylabel="%", ylim=(0, 100))
    axes.grid(axis="y", color=GRID)
    axes.legend(loc="lower right")
    return figure


def head_mixture(table: pd.DataFrame, chosen: float) -> Figure:
    """Draw what two heads together say, from the first's answer (0) to the second's (1).

    `table` has a row for each weight and a column of shares for each measure.
    """
    figure, axes = new_figure(8, 3.8)
    for colour, name in zip(SERIES, table, strict=False):
        axes.plot(table.index, 100 * table[name], color=colour, lw=2.4, label=name)
    axes.axvline(chosen, color=MUTED, lw=1, ls=(0, (4, 3)))
    axes.set(xlabel="weight of the head that learnt observers' votes", ylabel="%", xlim=(0, 1))
    axes.grid(axis="y", color=GRID)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def labels_needed(table: pd.DataFrame, spread: pd.DataFrame | None = None) -> Figure:
    """Draw accuracy (%) against the share of Training's labels (index, %), a curve for each start (column)."""
    figure, axes = new_figure(9, 4.4)
    for colour, start in zip((INK, *SERIES), table, strict=False):
        known = table[start].dropna()
        error = None if spread is None else spread[start].reindex(known.index).fillna(0)
        axes.errorbar(known.index, known, error, color=colour, marker="o", lw=2.2, capsize=3, label=start)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator(list(table.index)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticklabels([f"{percent:g} %" for percent in table.index])
    axes.set(xlabel="of Training's labels", ylabel="accuracy on PublicTest, %")
    axes.grid(color=GRID)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure
