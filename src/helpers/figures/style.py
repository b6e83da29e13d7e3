"""The style that all figures share: one palette for classes, one for splits, one for curves."""

import io
from functools import cached_property

import matplotlib
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from helpers.faces import TASKS

INK = "#22252A"
MUTED = "#6B7078"
GRID = "#E6E8EB"
#: Splits are shades of slate, the darker the more seldom looked at, and so never taken for classes.
SPLIT_COLOURS = {"Training": "#A9B8CC", "PublicTest": "#5F7590", "PrivateTest": "#1F3044", "Test": "#1F3044"}
#: For curves that are told apart by their names: models, seeds, settings (after Paul Tol).
SERIES = ("#4477AA", "#EE6677", "#228833", "#AA3377", "#CCBB44", "#66CCEE")
BETTER, WORSE = "#228833", "#EE6677"


def class_colour(name: str) -> str:
    """Give a class's colour: that of the first task that knows it."""
    known = (task.colours[name] for task in TASKS.values() if name in task.colours)
    return next(known, MUTED)


_STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#C4C8CE",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.grid": False,
    "axes.prop_cycle": matplotlib.cycler(color=SERIES),
    "grid.color": GRID,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "figure.dpi": 100,
    "legend.frameon": False,
}

matplotlib.rcParams.update(_STYLE)  # for everything drawn from here on, a reader's own plots too


#: Dots an inch of a figure's pixels, and of the size it is shown at.
DPI, SHOWN_DPI = 150, 100


class Drawing(Figure):
    """A figure that a notebook shows with the very pixels that are kept in a file.

    It is drawn once. pyplot knows nothing of it, so nothing draws it again at the end of a cell.
    """

    @cached_property
    def png(self) -> bytes:
        """The picture's file."""
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", bbox_inches="tight", metadata={"Software": None})
        return buffer.getvalue()

    def _repr_png_(self) -> tuple[bytes, dict]:
        width = int.from_bytes(self.png[16:20], "big")  # from the file's header
        return self.png, {"width": round(width * SHOWN_DPI / DPI)}


def new_figure(width: float, height: float, rows: int = 1, columns: int = 1, **options):
    """Make a figure (inches) and its axes."""
    figure = Drawing(figsize=(width, height), layout="compressed", dpi=DPI)
    return figure, figure.subplots(rows, columns, **options)


def show_face(axes, image: np.ndarray, title: str = "", **options) -> None:
    """Draw a grey face without any decoration but its title."""
    axes.imshow(image, **{"cmap": "gray", "vmin": 0, "vmax": 255, "interpolation": "nearest"} | options)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    if title:
        axes.set_title(title, fontsize=10, fontweight="normal", loc="center", pad=4)


def percent_heatmap(figure: Figure, axes, share: pd.DataFrame, title: str, label: str = "label") -> Figure:
    """Draw a table of percentages in shades of blue."""
    sns.heatmap(
        share, ax=axes, annot=True, fmt=".0f", cmap="Blues", vmin=0, vmax=100,
        linewidths=1, linecolor="white", cbar=False, annot_kws={"fontsize": 10},
    )  # fmt: skip
    axes.set(title=title, xlabel="", ylabel=label)
    axes.tick_params(length=0, labelcolor=INK)
    axes.tick_params(axis="y", rotation=0)
    axes.tick_params(axis="x", rotation=0)
    return figure
