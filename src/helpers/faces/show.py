"""How ``Faces`` and ``Scenes`` show themselves in a notebook. In: a set. Out: HTML.

The pictures are part of the notebook's output: a notebook that has shown real photographs must not be committed in that
state. Committed notebooks are executed with rendered faces.
"""

import base64
import html
import io

import numpy as np
from PIL import Image, ImageDraw

#: Scenes shown, and how high, in pixels.
SCENES, HEIGHT = 4, 120


def as_html(faces) -> str:
    """Return a small table: the classes side by side, one face of each, and their counts."""
    strip = [_face(faces, label) for label in range(len(faces.classes))]
    known = [what for what in ("votes", "attributes") if getattr(faces, what) is not None]
    extra = f", with {' and '.join(known)}" if known else ""
    return _table(f"{len(faces):,} faces{extra}", faces, strip)


def scenes_as_html(scenes) -> str:
    """Return a table of how many faces pictures hold, and the first pictures with their boxes."""
    strip = "".join(_scene(scenes, number) for number in range(min(SCENES, len(scenes))))
    about = f"{len(scenes):,} pictures, {len(scenes.boxes):,} faces"
    return _table(about, scenes, ()) + f"<div>{strip}</div>"


def _table(about: str, of, strip) -> str:
    counts = of.counts()
    head = "".join(f"<th>{html.escape(name)}</th>" for name in counts.index)
    lines = [f"<tr><th></th>{head}<th>all</th></tr>"]
    if strip:
        cells = "".join(f"<td>{picture}</td>" for picture in strip)
        lines.append(f"<tr><th></th>{cells}<td></td></tr>")
    for split, row in counts.T.iterrows():
        cells = "".join(f"<td>{count:,}</td>" for count in [*row, row.sum()])
        lines.append(f"<tr><th>{split}</th>{cells}</tr>")
    table, title = "\n".join(lines), f"<b>{html.escape(of.name)}</b>: {about}"
    return f'<div style="overflow-x: auto">{title}\n<table>\n{table}\n</table></div>'


def _face(faces, label: int) -> str:
    of_class = faces.labels == label
    in_training = of_class & (faces.split == "Training")
    places = np.flatnonzero(in_training if in_training.any() else of_class)
    if not len(places):
        return ""
    return _picture(Image.fromarray(np.asarray(faces.images[places[0]])), faces.classes[label])


def _scene(scenes, number: int) -> str:
    picture = Image.fromarray(scenes.picture(number))
    times = HEIGHT / picture.height
    picture = picture.resize((max(1, round(picture.width * times)), HEIGHT))
    draw = ImageDraw.Draw(picture)
    for box in scenes.boxes_of(number):
        edges = (box.left, box.top, box.left + box.width, box.top + box.height)
        draw.rectangle([times * edge for edge in edges], outline="#E69F00", width=2)
    return _picture(picture, f"{scenes.names[number]}: {scenes.faces_in_each[number]} faces")


def _picture(picture: Image.Image, alt: str) -> str:
    file = io.BytesIO()
    picture.save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode()
    return f'<img alt="{html.escape(alt, quote=True)}" src="data:image/png;base64,{data}"/>'
