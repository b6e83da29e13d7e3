"""Figures about trainings: how they went, what they confuse, how they compare."""

from itertools import cycle

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from helpers.evaluation.runs import Run
from helpers.figures.style import GRID, INK, MUTED, SERIES, SPLIT_COLOURS, new_figure, percent_heatmap, show_face


def learning_curves(runs: dict[str, Run]) -> Figure:
    """Draw loss and accuracy by epoch: Training thin, PublicTest thick, the chosen epoch a dot."""
    figure, (left, right) = new_figure(11, 3.8, 1, 2)
    for colour, (name, run) in zip(cycle(SERIES), runs.items(), strict=False):
        history = run.history
        best = history["val_accuracy"].idxmax()
        for axes, measure, unit in ((left, "loss", 1), (right, "accuracy", 100)):
            axes.plot(history["epoch"], unit * history[measure], color=colour, lw=1, alpha=0.8)
            tested = unit * history[f"val_{measure}"]
            axes.plot(history["epoch"], tested, color=colour, lw=2.4, label=name)
            axes.plot(history.loc[best, "epoch"], tested[best], "o", color=colour, ms=8)
    for axes, title in ((left, "loss"), (right, "accuracy, %")):
        axes.set(title=title, xlabel="epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
        axes.grid(axis="y", color=GRID)
    shown, names = right.get_legend_handles_labels()
    if len(names) == 1:
        names = ["PublicTest"]
    shown += [right.plot([], [], color=MUTED, lw=1)[0], right.plot([], [], "o", color=MUTED)[0]]
    names += ["on Training", "chosen epoch"]
    figure.legend(shown, names, loc="outside lower center", ncols=min(len(names), 4), fontsize=10)
    return figure


def confusion(counts: pd.DataFrame, title: str = "") -> Figure:
    """Draw what the faces of each class (rows) were classified as (columns), in % of the row."""
    share = 100 * counts.div(counts.sum(axis=1).clip(lower=1), axis=0)
    figure, axes = new_figure(8, 4.6)
    return percent_heatmap(figure, axes, share, title or "of the faces of a class, % classified as")


def picture_rows(rows: dict[str, np.ndarray], size: float = 1.1) -> Figure:
    """Draw a row of pictures for each name."""
    most = max(len(images) for images in rows.values())
    figure, axes = new_figure(size * most + 1.2, size * len(rows), len(rows), most, squeeze=False)
    for places, (name, images) in zip(axes, rows.items(), strict=True):
        for place in places[len(images) :]:
            place.axis("off")
        for place, image in zip(places, images, strict=False):
            show_face(place, image)
        places[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=11)
    return figure


def accuracy_dots(table: pd.DataFrame, lowest: float = 0) -> Figure:
    """Draw each row's accuracies as dots on a line; the number is that of the last column.

    Columns that are named like a split have its colour; the axis begins at `lowest` percent.
    """
    figure, axes = new_figure(10, 0.42 * len(table) + 1.2)
    height = np.arange(len(table))[::-1]
    axes.hlines(height, table.min(axis=1), table.max(axis=1), color="#C4C8CE", lw=2, zorder=1)
    for colour, column in zip(cycle(SERIES[1:]), table.columns, strict=False):
        shown = SPLIT_COLOURS.get(column, colour)
        axes.scatter(table[column], height, color=shown, s=70, label=column, zorder=2)
    highest = 80 if table.max().max() < 78 else 106  # room for the numbers
    for y, (_, row) in zip(height, table.iterrows(), strict=True):
        if np.isfinite(row.iloc[-1]):
            axes.text(row.max() + (highest - lowest) / 80, y, f"{row.iloc[-1]:.1f}", va="center", color=shown)
    axes.set_yticks(height, table.index)
    axes.set(xlabel="accuracy, %", xlim=(lowest, highest), ylim=(-0.6, len(table) - 0.4))
    axes.grid(axis="x", color=GRID)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    if table.shape[1] > 1:
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=10)
    else:
        axes.set_xlabel(table.columns[0])
    return figure
