"""How ``Faces`` show themselves in a notebook. In: faces. Out: HTML, a face a class, the counts.

The pictures are part of the notebook's output: a notebook that has shown real photographs must not
be committed in that state. Committed notebooks are executed with the rendered faces.
"""

import base64
import html

import cv2
import numpy as np


def as_html(faces) -> str:
    """Return a small table: the classes side by side, one face of each, and their counts."""
    counts = faces.counts()
    head = "".join(f"<th>{html.escape(name)}</th>" for name in counts.index)
    strip = "".join(f"<td>{_picture(faces, label)}</td>" for label in range(len(faces.classes)))
    lines = [f"<tr><th></th>{head}<th>all</th></tr>", f"<tr><th></th>{strip}<td></td></tr>"]
    for split, row in counts.T.iterrows():
        cells = "".join(f"<td>{count:,}</td>" for count in [*row, row.sum()])
        lines.append(f"<tr><th>{split}</th>{cells}</tr>")
    known = [what for what in ("votes", "truth") if getattr(faces, what) is not None]
    extra = f", with {' and '.join(known)}" if known else ""
    title = f"<b>{html.escape(faces.name)}</b>: {len(faces):,} faces{extra}"
    table = "\n".join(lines)
    return f'<div style="overflow-x: auto">{title}\n<table>\n{table}\n</table></div>'


def _picture(faces, label: int) -> str:
    of_class = faces.labels == label
    in_training = of_class & (faces.split == "Training")
    places = np.flatnonzero(in_training if in_training.any() else of_class)
    if not len(places):
        return ""
    _, png = cv2.imencode(".png", np.ascontiguousarray(faces.images[places[0]]))
    data = base64.b64encode(png.tobytes()).decode()
    name = html.escape(faces.classes[label], quote=True)
    return f'<img alt="{name}" src="data:image/png;base64,{data}"/>'
