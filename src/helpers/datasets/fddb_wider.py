"""FDDB and WIDER FACE: text files with a list of faces after each picture's name. In: a tree. Out: entries.

FDDB's ten folds (``FDDB-fold-01-ellipseList.txt``) have ellipses, which become the boxes around them; its fold 9
becomes PublicTest, 10 PrivateTest. WIDER FACE (``wider_face_train_bbx_gt.txt``) has boxes: train becomes Training and
val PublicTest, as its test set comes without faces. Some of its boxes have no size; they are left out.
"""

import logging
import math
import re
from collections.abc import Iterator

from helpers.datasets.annotations import Entry, Face, numbers
from helpers.datasets.trees import FileTree
from helpers.faces import DataError
from helpers.faces.pictures import is_picture

_FDDB = re.compile(r"FDDB-fold-(\d\d)-ellipseList\.txt", re.IGNORECASE)
_WIDER = re.compile(r"wider_face_(train|val)_bbx_gt\.txt", re.IGNORECASE)
_FDDB_COLUMNS = ("major", "minor", "angle", "x", "y", "one")
_WIDER_COLUMNS = ("x", "y", "w", "h", "blur", "expression", "illumination", "invalid", "occlusion", "pose")
_FOLD_SPLITS = {"09": "PublicTest", "10": "PrivateTest"}

log = logging.getLogger(__name__)


def is_fddb(tree: FileTree) -> bool:
    """Return whether there is a list of ellipses."""
    return bool(_lists(tree, _FDDB))


def is_wider(tree: FileTree) -> bool:
    """Return whether there is a list of WIDER FACE's boxes."""
    return bool(_lists(tree, _WIDER))


def read_fddb(tree: FileTree) -> dict[str, list[Entry]]:
    """Read ellipses as the boxes around them; their half axes in pixels and the angle in radians are kept."""
    found = {}
    for file, fold in _lists(tree, _FDDB).items():
        found[file] = []
        for name, rows in _pictures(tree, file, _FDDB_COLUMNS):
            faces = [_of_ellipse(where, *values[:5]) for where, values in rows]
            found[file].append(Entry(name, faces, file, _FOLD_SPLITS.get(fold, "Training")))
    return found


def read_wider(tree: FileTree) -> dict[str, list[Entry]]:
    """Read boxes; blur, expression, illumination, invalid, occlusion and pose are kept as the set codes them."""
    found, flat = {}, 0
    for file, part in _lists(tree, _WIDER).items():
        found[file] = []
        for name, rows in _pictures(tree, file, _WIDER_COLUMNS):
            faces = []
            for where, values in rows:
                about = dict(zip(_WIDER_COLUMNS[4:], map(int, values[4:]), strict=True))
                faces.append(Face(tuple(values[:4]), where, about))
            kept = [face for face in faces if min(face.box[2:]) > 0]
            flat += len(faces) - len(kept)
            found[file].append(Entry(name, kept, f"WIDER_{part}", {"train": "Training"}.get(part, "PublicTest")))
    if flat:
        log.warning("%s: %d boxes have no size: left out.", tree.name, flat)
    return found


def _lists(tree: FileTree, pattern: re.Pattern) -> dict[str, str]:
    """Find the lists, each with what its name says of it."""
    matches = {name: pattern.fullmatch(name.rsplit("/", 1)[-1]) for name in tree.names}
    return {name: match[1].lower() for name, match in matches.items() if match}


def _of_ellipse(where: str, major: float, minor: float, angle: float, x: float, y: float) -> Face:
    across = math.hypot(major * math.cos(angle), minor * math.sin(angle))
    down = math.hypot(major * math.sin(angle), minor * math.cos(angle))
    about = {"major": major, "minor": minor, "angle": angle}
    return Face((x - across, y - down, 2 * across, 2 * down), where, about)


def _pictures(tree: FileTree, file: str, columns: tuple[str, ...]) -> Iterator[tuple[str, list]]:
    """Give each picture of a list: its name, and the rows of numbers below it, each with its place."""
    text = tree.read(file).decode("utf-8-sig", "replace")
    lines = [(f"{tree.name}/{file}, line {n}", line.strip()) for n, line in enumerate(text.split("\n"), 1)]
    lines = [line for line in lines if line[1]]
    if not lines:
        raise DataError(f"{tree.name}/{file} is empty: download it again")
    at = 0
    while at < len(lines):
        where, name = lines[at]
        if _is_row(name, columns):
            raise DataError(f"{where}: a name is wanted, not {name!r}: the picture above has more faces than it says")
        count = lines[at + 1][1] if at + 1 < len(lines) else "nothing"
        if not re.fullmatch("[0-9]{1,6}", count):
            raise DataError(f"{where}: the next line must say how many faces {name} has, not {count!r}")
        rows = []
        for place, line in lines[at + 2 : at + 2 + int(count)]:
            values = line.split()
            if len(values) == 1 or is_picture(line):
                break
            if len(values) != len(columns):
                raise DataError(f"{place}: a face is {' '.join(columns)}, not {line!r}")
            rows.append((place, numbers(values, place)))
        if len(rows) < int(count):
            raise DataError(f"{where}: {name} has {count} faces by its count, but {len(rows)} lines for them")
        at += 2 + len(rows)
        # WIDER FACE's way to say that nobody is there: none, and yet a line of zeros.
        if not rows and at < len(lines) and set(lines[at][1].split()) == {"0"} and _is_row(lines[at][1], columns):
            at += 1
        yield name, rows


def _is_row(line: str, columns: tuple[str, ...]) -> bool:
    values = line.split()
    return len(values) == len(columns) and all(re.fullmatch(r"[-+.\deE]+", value) for value in values)
