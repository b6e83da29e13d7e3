"""Expressions over a film. In: the table that ``fer predict`` writes of it. Out: a figure, a panel for each face."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure

from helpers.figures.style import GRID, class_colour, new_figure

#: Where a face was not seen for so many seconds, its lines are broken.
GAP = 1.0


def expression_timeline(
    table: pd.DataFrame, classes: Sequence[str], colours: Mapping[str, str] | None = None, tracks: int = 4
) -> Figure:
    """Draw the scores of the faces that take up most of a film, by seconds.

    Parameters
    ----------
    table : DataFrame
        A row for each face and frame: ``seconds``, ``track``, ``width`` and ``height`` (pixels), and a column of scores
        for each class.
    classes : sequence of str
        The columns to draw.
    colours : mapping, optional
        Class -> colour, as a model says; the tasks' own for others.
    tracks : int
        So many faces are drawn.
    """
    colours = {name: (colours or {}).get(name, class_colour(name)) for name in classes}
    room = (table["width"] * table["height"]).groupby(table["track"]).sum()
    shown = sorted(room.nlargest(tracks).index)
    figure, panels = new_figure(10, 1.9 * max(1, len(shown)) + 0.8, max(1, len(shown)), 1, sharex=True, squeeze=False)
    panels = panels[:, 0]
    for axes, track in zip(panels, shown, strict=False):
        part = table[table["track"] == track].sort_values("seconds")
        broken = part[list(classes)].mask(part["seconds"].diff() > GAP)
        for name in classes:
            axes.plot(part["seconds"], 100 * broken[name], color=colours[name], lw=1.8, label=name)
        axes.set(title=f"face {track}", ylim=(0, 100), ylabel="score, %")
        axes.grid(axis="y", color=GRID)
    panels[-1].set_xlabel("seconds")
    if len(shown):
        lines, names = panels[0].get_legend_handles_labels()
        figure.legend(lines, names, loc="outside lower center", ncols=min(8, len(names)), fontsize=10)
    else:
        panels[0].set(title="no face was found", yticks=[])
    return figure
