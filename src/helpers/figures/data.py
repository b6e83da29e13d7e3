"""Figures about data sets: what is in them, how it looks on average, how sure people are."""

from itertools import cycle

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from helpers.faces import Faces
from helpers.faces.description import BINS, Description, mean_face_difference
from helpers.figures.style import GRID, INK, SERIES, SPLIT_COLOURS, class_colour, new_figure, percent_heatmap, show_face

#: The bins of agreement, by the share where each begins.
AGREEING = dict(zip(BINS["agreement"][:-1], ("4 or fewer", "5 or 6", "7 or 8", "9", "all 10"), strict=True))


def class_balance(counts: pd.DataFrame) -> Figure:
    """Draw how many faces each class has, and which share of its split that is."""
    figure, (left, right) = new_figure(10, 3.8, 1, 2, sharey=True, width_ratios=(3, 2))
    order = counts.sum(axis=1).sort_values().index
    total = counts.loc[order].sum(axis=1)
    left.barh(order, total, color=[class_colour(name) for name in order])
    for place, number in enumerate(total):
        left.text(number, place, f" {number:,}", va="center", fontsize=10)
    left.set(title="faces of each class", xticks=[])
    left.margins(x=0.14)
    left.spines[["left", "bottom"]].set_visible(False)
    left.tick_params(axis="y", length=0, labelcolor=INK)

    share = 100 * counts.loc[order] / counts.sum()
    for split in counts.columns:
        right.plot(share[split], order, "o", ms=7, color=SPLIT_COLOURS[split], label=split)
    right.set(title="share of its split, %", xlim=(0, None))
    right.grid(axis="x", color=GRID)
    right.tick_params(axis="y", length=0)
    right.legend(loc="lower right", fontsize=10)
    return figure


def class_grid(faces: Faces, each: int = 10, seed: int = 0) -> Figure:
    """Draw a row of faces for each class, chosen at random."""
    rows = len(faces.classes)
    figure, axes = new_figure(each * 0.95, rows * 1.0, rows, each, squeeze=False)
    random = np.random.default_rng(seed)
    for label, (name, row) in enumerate(zip(faces.classes, axes, strict=True)):
        members = np.flatnonzero(faces.labels == label)
        chosen = random.permutation(members)[:each]
        for place in row:
            place.axis("off")
        for place, which in zip(row, chosen, strict=False):
            place.axis("on")
            show_face(place, faces.images[which])
        row[0].axis("on")
        row[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=11)
    return figure


def faces_in_a_row(images, titles: list[str], size: float = 1.7) -> Figure:
    """Draw a few faces beside each other, each with a title."""
    figure, axes = new_figure(size * len(images), size + 0.4, 1, len(images), squeeze=False)
    for place, image, title in zip(axes[0], images, titles, strict=True):
        show_face(place, image, title)
    return figure


def averages(description: Description) -> Figure:
    """Draw the average face of each class, and where its pixels vary most."""
    figure, axes = new_figure(1.5 * len(description.classes), 3.5, 2, len(description.classes))
    for column, name in enumerate(description.classes):
        show_face(axes[0, column], description.mean[column], name)
        limits = {"vmin": description.deviation.min(), "vmax": description.deviation.max()}
        show_face(axes[1, column], description.deviation[column], cmap="magma", **limits)
    for row, title in enumerate(("mean", "variability")):
        axes[row, 0].set_ylabel(title, fontsize=11)
    return figure


def mean_differences(descriptions: dict[str, Description], base: str = "neutral") -> Figure:
    """Draw what makes each class differ from `base`: mean face minus mean face, red is brighter."""
    first = next(iter(descriptions.values()))
    names = [name for name in first.classes if name != base]
    figure, axes = new_figure(
        1.6 * len(names), 1.75 * len(descriptions) + 0.2, len(descriptions), len(names), squeeze=False
    )
    for row, (title, description) in enumerate(descriptions.items()):
        difference = mean_face_difference(description, base)
        limit = np.abs(difference).max()
        for column, name in enumerate(names):
            place = axes[row, column]
            which = description.classes.index(name)
            colours = {"cmap": "RdBu_r", "vmin": -limit, "vmax": limit}
            show_face(place, difference[which], name if row == 0 else "", **colours)
        axes[row, 0].set_ylabel(title, fontsize=11)
    return figure


def agreement(description: Description) -> Figure:
    """Draw how many of ten observers gave the most common answer, for the faces of each class."""
    table = description.histograms.query("measure == 'agreement'")
    share = table.pivot(index="group", columns="left", values="faces").loc[list(description.classes)]
    share = (100 * share.div(share.sum(axis=1), axis=0)).sort_values(share.columns[-1])
    figure, axes = new_figure(10, 3.8)
    shades = sns.color_palette("YlGnBu", len(share.columns))
    start = np.zeros(len(share))
    for colour, left in zip(shades, share.columns, strict=True):
        axes.barh(share.index, share[left], left=start, color=colour, label=AGREEING[left])
        start += share[left].to_numpy()
    axes.set(title="how many of ten observers gave the most common answer", xlim=(0, 100))
    axes.set_xlabel("% of the faces with the label")
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), reverse=True)
    return figure


def light(description: Description) -> Figure:
    """Draw how brightness and contrast are spread over the faces of each class."""
    figure, panels = new_figure(11, 3.4, 1, 2)
    units = {"brightness": "mean grey level", "contrast": "standard deviation of the grey levels"}
    for axes, (measured, unit) in zip(panels, units.items(), strict=True):
        table = description.histograms.query("measure == @measured")
        for name in description.classes:
            rows = table[table["group"] == name]
            share = 100 * rows["faces"] / rows["faces"].sum()
            middle = (rows["left"] + rows["right"]) / 2
            axes.plot(middle, share, color=class_colour(name), lw=2, label=name)
        axes.set(title=measured, xlabel=unit, ylabel="% of the faces of a class")
        axes.set(xlim=(table["left"].min(), table["right"].max()), ylim=(0, None))
        axes.grid(axis="y", color=GRID)
    panels[1].legend(fontsize=9)
    return figure


def label_by_votes(table: pd.DataFrame) -> Figure:
    """Draw what most observers saw (columns) in the faces with each label (rows), in percent."""
    share = 100 * table.div(table.sum(axis=1), axis=0)
    share = share.rename(columns={"NF": "no face", "level": "a tie"})
    figure, axes = new_figure(10, 4.4)
    percent_heatmap(figure, axes, share, "of the faces with a label, % seen by most observers as")
    axes.axvline(len(table.index), color=INK, lw=1.5)
    return figure


def per_class_recall(table: pd.DataFrame, title: str) -> Figure:
    """Draw what share of each class is classified correctly: dots for each row of the table."""
    figure, axes = new_figure(10, 3.8)
    for number, (colour, (name, row)) in enumerate(zip(cycle(SERIES), table.iterrows(), strict=False)):
        places = np.arange(len(row)) + 0.14 * (number - (len(table) - 1) / 2)
        axes.vlines(places, 0, row, color=colour, lw=1.2, alpha=0.5)
        axes.plot(places, row, "o", color=colour, ms=8, label=name)
    axes.set_xticks(np.arange(len(table.columns)), table.columns)
    axes.set(title=title, ylim=(0, 100), ylabel="%")
    axes.grid(axis="y", color=GRID)
    axes.tick_params(axis="x", length=0, labelcolor=INK)
    axes.legend(fontsize=10, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure
