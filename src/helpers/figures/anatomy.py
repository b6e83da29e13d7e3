"""Figures about what an expression is made of, on rendered faces."""

import textwrap

import numpy as np
from matplotlib.figure import Figure

from helpers.figures.style import new_figure, show_face
from helpers.rendering import ACTION_UNITS, PROTOTYPES, FaceSpec, render

#: Large enough to look at, small enough to keep.
SHOWN_SIZE = 160


def draw(face: FaceSpec, units: dict[int, float] | None = None) -> np.ndarray:
    """Render a face large and clean, with other units if they are given."""
    return render(face if units is None else face.with_units(units), SHOWN_SIZE, photograph=False)


def unit_gallery(face: FaceSpec, columns: int = 7) -> Figure:
    """Draw a face at rest, then with each action unit alone at full strength."""
    pictures = [("at rest", draw(face, {}))]
    pictures += [(f"{unit} {name}", draw(face, {unit: 1.0})) for unit, name in ACTION_UNITS.items()]
    rows = -(-len(pictures) // columns)
    figure, axes = new_figure(1.6 * columns, 2.05 * rows, rows, columns)
    for place in axes.flat[len(pictures) :]:
        place.axis("off")
    for place, (title, picture) in zip(axes.flat, pictures, strict=False):
        show_face(place, picture, _folded(title))
    return figure


def expression_faces(face: FaceSpec) -> Figure:
    """Draw the textbook form of each expression with the units that make it."""
    figure, axes = new_figure(1.75 * len(PROTOTYPES), 2.4, 1, len(PROTOTYPES))
    for place, (name, units) in zip(axes, PROTOTYPES.items(), strict=True):
        made_of = " + ".join(map(str, units)) or "nothing"
        show_face(place, draw(face, units), f"{name}\n{_folded(made_of, 16)}")
    return figure


def smiles(face: FaceSpec) -> Figure:
    """Draw a face at rest, a smile of the mouth alone, and one that reaches the eyes."""
    smile = {12: 0.9, 25: 0.6}
    pictures = {
        "at rest": draw(face, {}),
        "posed: 12, lip corners pulled up": draw(face, smile),
        "felt: 6 + 12, cheeks raised too": draw(face, smile | {6: 1.0}),
    }
    change = pictures["felt: 6 + 12, cheeks raised too"].astype(float)
    change -= pictures["posed: 12, lip corners pulled up"]
    figure, axes = new_figure(10.5, 3.2, 1, 4)
    for place, (title, picture) in zip(axes, pictures.items(), strict=False):
        show_face(place, picture, _folded(title, 22))
    limit = np.abs(change).max()
    difference = {"cmap": "RdBu_r", "vmin": -limit, "vmax": limit}
    show_face(axes[3], change, "felt minus posed,\nred is brighter", **difference)
    return figure


def _folded(text: str, width: int = 18) -> str:
    """Break a title into lines."""
    return "\n".join(textwrap.wrap(text, width))
