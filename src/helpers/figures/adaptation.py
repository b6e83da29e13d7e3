"""Figures about a model that leaves its data set."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from helpers.figures.style import GRID, INK, SERIES, new_figure


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
