"""Figures about models that go on elsewhere: to other labels, other questions, other people's faces."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from helpers.figures.style import GRID, INK, SERIES, new_figure, show_face


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


def labels_needed(accuracies: pd.DataFrame, spread: pd.DataFrame) -> Figure:
    """Draw accuracy (%) against the share of Training's labels (index, %), a curve for each start (column).

    `spread` is the standard deviation over seeds, missing where there is one.
    """
    figure, axes = new_figure(10, 4.4)
    for colour, start in zip((INK, *SERIES), accuracies, strict=False):
        known = accuracies[start].dropna()
        error = spread[start].reindex(known.index).fillna(0)
        axes.errorbar(known.index, known, error, color=colour, marker="o", lw=2.2, capsize=3, label=start)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator(list(accuracies.index)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticklabels([f"{percent:g} %" for percent in accuracies.index])
    axes.set(xlabel="of Training's labels", ylabel="accuracy on PublicTest, %")
    axes.grid(color=GRID)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def few_shot(curves: dict[str, pd.DataFrame]) -> Figure:
    """Draw what labels bring on people of whom none was labelled, with one standard deviation; a panel a name.

    Each curve is what `helpers.evaluation.adaptation.few_shot_curve` gives, in percent.
    """
    figure, panels = new_figure(10, 3.8, 1, len(curves), sharey=True)
    panels = np.atleast_1d(panels)
    for axes, (title, curve) in zip(panels, curves.items(), strict=True):
        place = np.arange(len(curve))
        for colour, name in zip(SERIES, ("accuracy", "balanced accuracy"), strict=False):
            axes.errorbar(
                place, curve[name], curve[f"{name}, ±"], color=colour, marker="o", lw=2.2, capsize=3, label=name
            )
            for x, value in zip(place, curve[name], strict=True):
                axes.annotate(f"{value:.0f}", (x, value), (4, 7), textcoords="offset points", color=colour, fontsize=10)
        axes.set_xticks(place, [f"{labels:g}" for labels in curve.index])
        axes.set(title=title, xlabel="labelled faces of other people", ylim=(0, 100))
        axes.grid(axis="y", color=GRID)
    panels[0].set_ylabel("%")
    panels[-1].legend(loc="lower right")
    return figure


def response(curves: pd.DataFrame, across: str, up: str) -> Figure:
    """Draw how an answer (a column each, in percent) follows one thing that is changed, the index."""
    figure, axes = new_figure(8, 3.6)
    for colour, name in zip(SERIES, curves, strict=False):
        axes.plot(curves.index, curves[name], color=colour, marker="o", lw=2.2, label=name)
    axes.set(xlabel=across, ylabel=up, ylim=(0, 100))
    axes.grid(axis="y", color=GRID)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def importance(mean_face: np.ndarray, maps: dict[str, np.ndarray]) -> Figure:
    """Draw a mean face (48 x 48) and a map for each name: red: covering lowers the answer, blue: it raises it."""
    figure, places = new_figure(2.9 * (len(maps) + 1), 3.2, 1, len(maps) + 1)
    show_face(places[0], mean_face, "mean of the faces")
    limit = max(np.abs(one).max() for one in maps.values())
    for place, (name, one) in zip(places[1:], maps.items(), strict=True):
        show_face(place, one, name, cmap="RdBu_r", vmin=-limit, vmax=limit)
    return figure
