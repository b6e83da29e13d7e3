"""Figures about finders of faces: how one is trained, how good and how fast several are."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from helpers.evaluation.detection import DetectionResult
from helpers.figures.style import GRID, INK, MUTED, SERIES, SPLIT_COLOURS, new_figure

#: A finder keeps its colour from figure to figure; those of one family differ by their lines.
_COLOURS = dict(zip(("ours", "haar", "yunet", "mtcnn", "blazeface"), SERIES, strict=False)) | SPLIT_COLOURS
_LINES = {"": "-", "front": "--"}


def detection_history(history: pd.DataFrame) -> Figure:
    """Draw a detector's loss, and its average precision and F1 on PublicTest, by epoch; the chosen one is a dot."""
    figure, (left, right) = new_figure(11, 3.6, 1, 2)
    left.plot(history["epoch"], history["loss"], color=MUTED, lw=1.6)
    left.set(title="loss on Training")
    best = history["val_ap"].idxmax()
    for colour, (column, name) in zip(SERIES, {"val_ap": "average precision", "val_f1": "F1"}.items(), strict=False):
        right.plot(history["epoch"], history[column], color=colour, lw=2.4, label=name)
        right.plot(history.loc[best, "epoch"], history.loc[best, column], "o", color=colour, ms=8)
    right.set(title="on PublicTest", ylim=(0, 1))
    right.legend(loc="lower right", fontsize=10)
    for place in (left, right):
        place.set(xlabel="epoch")
        place.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
        place.grid(axis="y", color=GRID)
    return figure


def precision_recall_curves(results: dict[str, DetectionResult]) -> Figure:
    """Draw precision against recall for all thresholds; the one that is used is a dot. All scores alike: a dot only."""
    figure, axes = new_figure(7.5, 4.4)
    for name, result in results.items():
        style = _finder_line(name)
        label = f"{name}: F1 {result.f1:.2f}"
        if len(result.curve["recall"]) > 1:
            label += f", average precision {result.average_precision:.2f}"
            axes.plot(result.curve["recall"], result.curve["precision"], lw=2.4, **style)
        axes.plot(result.recall, result.precision, "o", ms=9, color=style["color"], label=label, clip_on=False)
    axes.set(xlabel="recall: of the faces, the found ones", ylabel="precision: of the boxes, the right ones")
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    axes.grid(color=GRID)
    axes.legend(loc="lower left", fontsize=10)
    return figure


def f1_by_size(results: dict[str, DetectionResult]) -> Figure:
    """Draw F1 by the width of the faces as bars; sizes without any are left out."""
    first = next(iter(results.values())).by_size
    sizes = [size for size in first if first[size]["faces"]]
    figure, axes = new_figure(9, 3.8)
    width = 0.8 / len(results)
    for number, (name, result) in enumerate(results.items()):
        places = np.arange(len(sizes)) + (number - (len(results) - 1) / 2) * width
        values = [result.by_size[size]["f1"] for size in sizes]
        axes.bar(places, values, 0.92 * width, color=_finder_line(name)["color"], label=name)
        for place, value in zip(places, values, strict=True):
            axes.text(place, value + 0.015, f"{value:.2f}", ha="center", fontsize=9)
    axes.set_xticks(range(len(sizes)), [f"{size}\n{first[size]['faces']} faces" for size in sizes])
    axes.set(ylabel="F1", ylim=(0, 1.08))
    axes.tick_params(axis="x", length=0, labelcolor=INK)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=10)
    return figure


def found_by_turn(table: pd.DataFrame) -> Figure:
    """Draw the percentage of faces that are found, by the degrees (columns) that they were turned; a row a finder."""
    degrees = table.rename(columns=float)
    figure, axes = _curves(degrees, "turn of the picture, degrees", "% of the faces that are found")
    axes.set(xticks=degrees.columns, ylim=(0, 104))
    axes.set_xticklabels([f"{turn:g}" for turn in degrees.columns])
    return figure


def found_in_group(table: pd.DataFrame, people: int = 24) -> Figure:
    """Draw how many people of a group are found, by the width of their faces in pixels (columns); a row a finder."""
    widths = table[[name for name in table if str(name).isdigit()]].rename(columns=int)
    figure, axes = _curves(widths, "width of a face, pixels", f"people found, of {people}")
    axes.set(xticks=widths.columns, ylim=(0, 1.04 * people))
    return figure


def cost_and_quality(table: pd.DataFrame, time: str, quality: str = "F1") -> Figure:
    """Draw each finder's quality against the milliseconds for a picture, with the interval of 95 % where it is known.

    Parameters
    ----------
    table : DataFrame
        A row a finder.
    time, quality : str
        Columns of it; those called "`quality`, low" and "`quality`, high" are the interval.
    """
    figure, axes = new_figure(8.5, 4.6)
    for name, row in table.iterrows():
        colour = _finder_line(name)["color"]
        if f"{quality}, low" in table:
            axes.vlines(row[time], row[f"{quality}, low"], row[f"{quality}, high"], color=colour, lw=1.6, alpha=0.6)
        axes.plot(row[time], row[quality], "o", color=colour, ms=10)
        axes.annotate(name, (row[time], row[quality]), (9, 6), textcoords="offset points", color=colour)
    axes.set(xscale="log", xlabel=time, ylabel=quality)
    axes.margins(x=0.16, y=0.12)
    ticks = [tick for tick in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if table[time].min() / 2 < tick]
    axes.set_xticks(ticks, [f"{tick}" for tick in ticks])
    axes.set_xlim(table[time].min() / 1.4, table[time].max() * 1.8)
    axes.minorticks_off()
    axes.grid(color=GRID)
    return figure


def _curves(table: pd.DataFrame, across: str, up: str):
    """A line for each row, over its columns."""
    figure, axes = new_figure(8.5, 4.2)
    for name, row in table.iterrows():
        top = 3 if name == "ours" else 2  # where lines lie on each other
        axes.plot(table.columns, row, marker="o", ms=6, lw=2.4, label=name, zorder=top, **_finder_line(name))
    axes.set(xlabel=across, ylabel=up)
    axes.grid(axis="y", color=GRID)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=10)
    return figure, axes


def _finder_line(name: str) -> dict:
    family, _, variant = str(name).partition("-")
    return {"color": _COLOURS.get(family, MUTED), "ls": _LINES.get(variant, ":")}
