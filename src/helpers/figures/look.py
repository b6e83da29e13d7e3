"""The look that all figures share, and how they are kept."""

import io
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from helpers import config
from helpers.sameness import same_picture

SPLIT_COLOURS = {
    "Training": "#0072B2",
    "PublicTest": "#E69F00",
    "PrivateTest": "#009E73",
    "Test": "#E69F00",
}
INK = "#22252A"
MUTED = "#6B7078"

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
    "axes.prop_cycle": matplotlib.cycler(color=["#0072B2", "#E69F00", "#009E73", "#D55E00"]),
    "grid.color": "#E6E8EB",
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "figure.dpi": 100,
    "savefig.dpi": 150,
    "legend.frameon": False,
}

matplotlib.rcParams.update(_STYLE)  # for everything drawn from here on, a reader's own plots too


class Drawing(Figure):
    """A figure that a notebook shows exactly as it is kept in a file.

    pyplot knows nothing of it, so nothing draws it a second time at the end of a cell.
    """

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", bbox_inches="tight", metadata={"Software": None})
        return buffer.getvalue()


def canvas(width: float, height: float, rows: int = 1, columns: int = 1, **options):
    """Make a figure and its axes."""
    figure = Drawing(figsize=(width, height), layout="compressed")
    return figure, figure.subplots(rows, columns, **options)


def show_face(axes, image: np.ndarray, title: str = "", **options) -> None:
    """Draw a grey face without any decoration but its title."""
    axes.imshow(
        image, **{"cmap": "gray", "vmin": 0, "vmax": 255, "interpolation": "nearest"} | options
    )
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    if title:
        axes.set_title(title, fontsize=10, fontweight="normal", loc="center", pad=4)


def shares(figure: Figure, axes, share: pd.DataFrame, title: str, label: str = "label") -> Figure:
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


def save(name: str, figure: Drawing) -> Drawing:
    """Keep a figure as ``figures/<name>.png`` and return it, for the notebook to show.

    A file that already shows the same is left alone, so that drawing again changes nothing.
    """
    path = Path(config.FIGURES) / f"{name}.png"
    drawn = figure._repr_png_()
    if not (path.exists() and same_picture(drawn, path.read_bytes())):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(drawn)
        part.replace(path)
    return figure
