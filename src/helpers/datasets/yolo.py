"""Scenes annotated in YOLO's text files, one for each picture. In: a tree of files. Out: entries.

``labels/train/1.txt`` belongs to ``images/train/1.jpg``, or ``1.txt`` lies beside ``1.jpg``. A line is a face: class,
then the middle, width and height of its box as shares of the picture's width and height. ``data.yaml`` or
``classes.txt`` names the classes. Splits are those of the folders.
"""

import logging

import yaml

from helpers.datasets.annotations import Entry, Face, face_classes, numbers
from helpers.datasets.trees import FileTree
from helpers.faces import DataError
from helpers.faces.pictures import is_picture

_CLASSES = ("classes.txt", "obj.names")
#: So far a number may lie outside 0 to 1.
_ROUNDING = 1e-3

log = logging.getLogger(__name__)


def is_yolo(tree: FileTree) -> bool:
    """Return whether there is a text file for a picture."""
    files = set(tree.names)
    return any(_label(name, files) for name in tree.names if is_picture(name))


def read_yolo(tree: FileTree) -> dict[str, list[Entry]]:
    """Read the boxes of the class face, or of the only one there is."""
    rows = {picture: _rows(tree, label) if label else [] for picture, label in _label_files(tree).items()}
    used = {number for some in rows.values() for number, _ in some}
    names = _class_names(tree) or {number: str(number) for number in used}
    if unknown := used - names.keys():
        raise DataError(f"{tree.name}: there is a face of class {min(unknown)}, and no name for it in {names}")
    classes = face_classes(names.values(), tree.name)
    entries = []
    for picture, some in rows.items():
        faces = [face for number, face in some if names[number] in classes]
        name = f"/{picture}".rpartition("/images/")[2] if _in_images(picture) else picture.rsplit("/", 1)[-1]
        entries.append(Entry(name, faces, picture, relative=True))
    return {"text files": entries}


def _in_images(picture: str) -> bool:
    return "images" in picture.split("/")[:-1]


def _label(picture: str, files: set[str]) -> str | None:
    """Name the text file of a picture: in the folder labels beside its folder images, or beside the picture."""
    beside = f"{picture.rpartition('.')[0]}.txt"
    before, _, after = f"/{beside}".rpartition("/images/")
    return next((name for name in (f"{before}/labels/{after}"[1:], beside) if name in files), None)


def _label_files(tree: FileTree) -> dict[str, str | None]:
    """Give each picture's text file, or None; folders in which no picture has one are not meant."""
    files = set(tree.names)
    label_of = {name: _label(name, files) for name in tree.names if is_picture(name)}
    meant = {_folder(picture) for picture, label in label_of.items() if label}
    label_of = {picture: label for picture, label in label_of.items() if _folder(picture) in meant}
    if bare := sum(label is None for label in label_of.values()):
        log.warning("%s: %d pictures have no text file: they count as pictures without faces.", tree.name, bare)
    known, folders = set(label_of.values()), {_folder(label) for label in label_of.values() if label}
    for name in tree.names:
        lonely = name.endswith(".txt") and name not in known and not name.endswith(_CLASSES)
        if lonely and _folder(name) in folders and "labels" in name.split("/"):
            raise DataError(f"{tree.name}/{name}: the picture that it is for is missing")
    return label_of


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _rows(tree: FileTree, label: str) -> list[tuple[int, Face]]:
    """Read the lines of a text file: the class of each, and its box."""
    rows = []
    for n, line in enumerate(tree.read(label).decode("utf-8-sig", "replace").split("\n"), 1):
        where, values = f"{tree.name}/{label}, line {n}", line.split()
        if not values:
            continue
        if len(values) != 5:
            raise DataError(f"{where}: a face is class, middle x, middle y, width, height; not {len(values)} values")
        number, x, y, width, height = numbers(values, where)
        if number != int(number) or number < 0:
            raise DataError(f"{where}: {values[0]!r} is no number of a class")
        if min(x, y, width, height) < -_ROUNDING or max(x, y, width, height) > 1 + _ROUNDING:
            raise DataError(f"{where}: {' '.join(values[1:])} are not shares of width and height, from 0 to 1")
        rows.append((int(number), Face((x - width / 2, y - height / 2, width, height), where)))
    return rows


def _class_names(tree: FileTree) -> dict[int, str]:
    """Read the names of the classes by their numbers, where a file gives them."""
    for name in tree.names:
        if name.endswith(_CLASSES):
            lines = tree.read(name).decode("utf-8-sig", "replace").splitlines()
            return dict(enumerate(line.strip() for line in lines if line.strip()))
        if name.endswith((".yaml", ".yml")) and (found := _yaml_names(tree.read(name), f"{tree.name}/{name}")):
            return found
    return {}


def _yaml_names(data: bytes, where: str) -> dict[int, str]:
    try:
        names = (yaml.safe_load(data) or {}).get("names") or []
        pairs = names.items() if isinstance(names, dict) else enumerate(list(names))
        return {int(number): str(one) for number, one in pairs}
    except Exception as error:  # YAML's constructors raise what they like
        raise DataError(f"{where} cannot be read, it should have a list of names: {error}") from error
