"""Figures about where faces lie: boxes on pictures, how far two agree, what a detector's map says."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from helpers.evaluation.detection import match_boxes
from helpers.faces import Box
from helpers.faces.boxes import intersection_over_union
from helpers.faces.detection_maps import CHANNELS, STRIDE, TARGETS, decode
from helpers.figures.style import BETTER, SERIES, WORSE, new_figure, show_face

#: Boxes that are there (dashed if they were missed), found ones that are right, and those that are not.
TRUE, RIGHT, FALSE = "#E69F00", BETTER, WORSE


def boxes_on_pictures(
    pictures: Sequence[np.ndarray],
    truth: Sequence[Sequence[Box]],
    found: Sequence[Sequence[Box]] | None = None,
    columns: int = 4,
) -> Figure:
    """Draw boxes on pictures: those that are there, or which of them were found, missed, and found where there is none.

    Parameters
    ----------
    pictures : sequence of arrays of uint8, h x w or h x w x 3
        All of one size.
    truth, found : sequence of sequences of Box
        True and found boxes of each.
    """
    rows = -(-len(pictures) // columns)
    height, width = pictures[0].shape[:2]
    size = 11 / columns
    figure, axes = new_figure(11, size * height / width * rows + 0.3, rows, columns, squeeze=False)
    for place in axes.flat[len(pictures) :]:
        place.axis("off")
    for number, (place, picture) in enumerate(zip(axes.flat, pictures, strict=False)):
        show_face(place, picture)
        if found is None:
            _draw_boxes(place, truth[number], TRUE)
            continue
        pairs = match_boxes(truth[number], found[number])
        seen, right = ({pair[side] for pair in pairs} for side in (0, 1))
        _draw_boxes(place, [box for n, box in enumerate(truth[number]) if n not in seen], TRUE, "--")
        for n, box in enumerate(found[number]):
            _draw_boxes(place, [box], RIGHT if n in right else FALSE)
    if found is not None:
        lines = {"found": (RIGHT, "-"), "no face": (FALSE, "-"), "missed": (TRUE, "--")}
        shown = [Line2D([], [], color=colour, ls=line, lw=2.4) for colour, line in lines.values()]
        figure.legend(shown, list(lines), loc="outside lower center", ncols=len(lines), fontsize=10)
    return figure


def overlaps(truth: Box, others: Sequence[Box]) -> Figure:
    """Draw a box and another one, a panel each: what they share is filled, its share of both together is the title."""
    figure, axes = new_figure(2.1 * len(others), 2.5, 1, len(others), squeeze=False)
    edges = np.array([(b.left, b.top, b.left + b.width, b.top + b.height) for b in (truth, *others)])
    (left, top), (right, bottom) = edges[:, :2].min(axis=0) - 4, edges[:, 2:].max(axis=0) + 4
    shares = intersection_over_union([truth], others)[0]
    for place, other, share in zip(axes[0], others, shares, strict=True):
        low = np.maximum(truth[:2], other[:2])
        high = np.minimum(np.add(truth[:2], truth[2:4]), np.add(other[:2], other[2:4]))
        if (high > low).all():
            place.add_patch(Rectangle(low, *(high - low), color=TRUE, alpha=0.25, lw=0))
        _draw_boxes(place, [truth], TRUE)
        _draw_boxes(place, [other], SERIES[0])
        place.set(xlim=(left, right), ylim=(bottom, top), aspect="equal", xticks=[], yticks=[])
        place.spines[:].set_visible(False)
        place.set_title(f"IoU {share:.2f}", fontsize=11, fontweight="normal", loc="center")
    lines = [Line2D([], [], color=colour, lw=2.4) for colour in (TRUE, SERIES[0])]
    figure.legend(lines, ["the face", "a found box"], loc="outside lower center", ncols=2, fontsize=10)
    return figure


def target_maps(picture: np.ndarray, cells: np.ndarray) -> Figure:
    """Draw what a detector's map is to say about a picture, over it.

    Parameters
    ----------
    picture : array of uint8, h x w or h x w x 3
        Sides are multiples of STRIDE.
    cells : array, h/8 x w/8 x 8
        As `helpers.faces.detection_maps.encode` gives them.
    """
    figure, axes = new_figure(11, 2 * 2.75 * picture.shape[0] / picture.shape[1] + 0.7, 2, 4)
    said = dict(zip(TARGETS, np.moveaxis(cells, -1, 0), strict=True))
    learnt = said["peak"] > 0
    said["turn"] = np.rad2deg(np.arctan2(said["sin"], said["cos"]))
    far = cells[learnt][:, 2:6].max(initial=1)
    looks = {"peak": ("magma", 0, 1), "counts": ("gray", 0, 1), "turn": ("twilight_shifted", -180, 180)}
    panels = ("peak", "counts", "turn", "left", "top", "right", "bottom")
    titles = {"counts": "counts (black does not)", "turn": "turn, degrees"}
    show_face(axes[0, 0], picture, "the picture and its cells")
    for axis, side in ((axes[0, 0].axvline, picture.shape[1]), (axes[0, 0].axhline, picture.shape[0])):
        for line in range(0, side + 1, STRIDE):
            axis(line - 0.5, color="white", lw=0.4, alpha=0.5)
    for place, name in zip(axes.flat[1:], panels, strict=True):
        colours, low, high = looks.get(name, ("viridis", 0, far))
        shown = said[name] if name in ("peak", "counts") else np.where(learnt, said[name], np.nan)
        show_face(place, picture, titles.get(name, name if name == "peak" else f"{name}, pixels"))
        drawn = place.imshow(shown, colours, vmin=low, vmax=high, alpha=0.75, extent=_extent(picture))
        figure.colorbar(drawn, ax=place, shrink=0.8, pad=0.02).ax.tick_params(labelsize=8)
    return figure


def map_to_boxes(picture: np.ndarray, cells: np.ndarray, threshold: float) -> Figure:
    """Draw how a detector's map becomes boxes: the scores, the box of each cell above the threshold, one box a face.

    `cells` are those of `helpers.faces.detection_maps.CHANNELS`; the map may be larger than the picture.
    """
    figure, axes = new_figure(11, 3.6 * picture.shape[0] / picture.shape[1] + 0.5, 1, 3)
    cells = np.asarray(cells, float)
    scores = 1 / (1 + np.exp(-cells[..., CHANNELS.index("score")]))
    show_face(axes[0], picture, "score of each cell")
    rows, columns = scores.shape
    extent = (-0.5, columns * STRIDE - 0.5, rows * STRIDE - 0.5, -0.5)
    drawn = axes[0].imshow(scores, "magma", vmin=0, vmax=1, alpha=0.75, extent=extent)
    figure.colorbar(drawn, ax=axes[0], shrink=0.8, pad=0.02).ax.tick_params(labelsize=8)
    each = []
    for row, column in zip(*np.nonzero(scores >= threshold), strict=True):
        alone = np.full_like(cells, -50.0)
        alone[row, column] = cells[row, column]
        each += decode(alone, threshold)
    merged = decode(cells, threshold)
    counted = {f"{len(each)} cells from {threshold:.2f} on": (each, 1), f"merged: {len(merged)} boxes": (merged, 2)}
    for place, (title, (boxes, line)) in zip(axes[1:], counted.items(), strict=True):
        show_face(place, picture, title)
        _draw_boxes(place, boxes, RIGHT, lw=line)
    for place in axes:
        place.set(xlim=(-0.5, picture.shape[1] - 0.5), ylim=(picture.shape[0] - 0.5, -0.5))
    return figure


def _draw_boxes(axes, boxes: Sequence[Box], colour: str, line: str = "-", lw: float = 2) -> None:
    for box in boxes:
        edge = {"fill": False, "ec": colour, "ls": line, "lw": lw}
        light = [withStroke(linewidth=lw + 1, foreground="white", alpha=0.7)]  # seen on any grey
        axes.add_patch(Rectangle((box.left, box.top), box.width, box.height, path_effects=light, **edge))


def _extent(picture: np.ndarray) -> tuple[float, float, float, float]:
    return (-0.5, picture.shape[1] - 0.5, picture.shape[0] - 0.5, -0.5)
