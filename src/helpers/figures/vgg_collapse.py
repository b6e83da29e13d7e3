"""Figures about VGG19's collapse to one class: whether it moves, and where the picture is lost."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.figures.style import GRID, INK, MUTED, SERIES, new_figure


def vgg_collapse_curves(curves: pd.DataFrame, panels: dict[str, dict[str, str]], majority: float) -> Figure:
    """Draw accuracy by step, a panel a question; dashed is the share of the largest class.

    Parameters
    ----------
    curves : DataFrame
        Of a study: `setting`, `step`, `accuracy`.
    panels : dict
        Title -> settings in it, each with what to call it there.
    majority : float
        Share of the largest class.
    """
    columns = min(len(panels), 3)
    rows = -(-len(panels) // columns)
    figure, axes = new_figure(3.9 * columns, 2.9 * rows, rows, columns, sharex=True, sharey=True, squeeze=False)
    drawn = {name for names in panels.values() for name in names}
    shown = curves[curves["setting"].isin(drawn)]
    lowest = 10 * np.floor(10 * min(shown["accuracy"].min(), majority))
    highest = 100 * max(shown["accuracy"].max(), majority) + 2
    last = shown["step"].max()
    for place in axes.flat[len(panels) :]:
        place.axis("off")
    for number, (place, (title, names)) in enumerate(zip(axes.flat, panels.items(), strict=False)):
        place.axhline(100 * majority, color=INK, lw=1.4, ls=(0, (4, 3)), zorder=3)
        ends = []
        for colour, (name, label) in zip(SERIES, names.items(), strict=False):
            curve = curves[curves["setting"] == name]
            place.plot(curve["step"], 100 * curve["accuracy"], "o-", color=colour, lw=2.2, ms=4)
            ends.append((100 * curve["accuracy"].iloc[-1], label, colour))
        _name_at_end(place, last, ends, 0.09 * (highest - lowest))
        place.set(title=title, xlim=(0, last), ylim=(lowest, highest))
        place.grid(axis="y", color=GRID)
        if number % columns == 0:
            place.set_ylabel("accuracy, %")
        if number >= len(panels) - columns:
            place.set_xlabel("steps")
            place.tick_params(labelbottom=True)
    dashed = axes[0, 0].lines[0]
    axes[0, 0].legend([dashed], ["share of the largest class"], fontsize=9, loc="lower left")
    return figure


def vgg_collapse_layers(layers: pd.DataFrame, names: dict[str, str]) -> Figure:
    """Draw how much faces differ inside each layer, and how many units are dead, after training.

    Parameters
    ----------
    layers : DataFrame
        Of a study: `setting`, `step`, `layer`, `std_over_inputs`, `dead_fraction`; the last step is drawn, and of the
        first setting the state before training too.
    names : dict
        Setting -> what to call it.
    """
    figure, (left, right) = new_figure(12, 4.2, 1, 2)
    first = next(iter(names))
    drawn = [(first, 0, f"before training ({names[first]})", MUTED)]
    drawn += [(s, None, label, c) for c, (s, label) in zip(SERIES, names.items(), strict=False)]
    floor = 1e-7
    for setting, step, label, colour in drawn:
        rows = layers[layers["setting"] == setting]
        rows = rows[rows["step"] == (rows["step"].max() if step is None else step)]
        places = np.arange(len(rows))
        style = {"color": colour, "lw": 2.2, "ms": 5, "ls": "--" if step == 0 else "-"}
        left.plot(places, rows["std_over_inputs"].clip(lower=floor), marker="o", label=label, **style)
        right.plot(places, 100 * rows["dead_fraction"], marker="o", label=label, **style)
    ticks = [name.removeprefix("block").replace("_conv", ".") for name in rows["layer"]]
    for axes in (left, right):
        axes.set_xticks(places, ticks, fontsize=9, rotation=45)
        axes.set_xlabel("layer: block.convolution")
        axes.grid(axis="y", color=GRID)
    left.set(yscale="log", title="how much faces differ inside a layer")
    left.axhline(floor, color=MUTED, lw=1)
    left.text(0, floor * 1.6, "here and below: all faces look the same", fontsize=9, color=MUTED)
    right.set(title="dead units, %", ylim=(-3, 103))
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=len(drawn))
    return figure


def _name_at_end(axes: Axes, x: float, ends: list[tuple], gap: float) -> None:
    """Write each curve's name beside its end, pushed apart where they would touch."""
    lowest = -np.inf
    for height, name, colour in sorted(ends):
        lowest = max(height, lowest + gap)
        axes.annotate(
            name, (x, lowest), (6, 0), textcoords="offset points",
            color=colour, fontsize=10, va="center", annotation_clip=False,
        )  # fmt: skip
