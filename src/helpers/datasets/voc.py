"""Scenes annotated in Pascal VOC's XML, a file for each picture. In: a tree of files. Out: entries.

An ``object`` is called face, or all have one name. The pixels of a ``bndbox`` are counted from 1, both edges
included. Splits are those of ``ImageSets/Main/train.txt`` and so on, or of the folders.
"""

from xml.etree import ElementTree

from helpers.datasets.annotations import Entry, Face, face_classes, numbers, stated_size
from helpers.datasets.names import split_name
from helpers.datasets.trees import FileTree
from helpers.faces import DataError

_EDGES = ("xmin", "ymin", "xmax", "ymax")
_KEPT = ("pose", "truncated", "difficult", "occluded")
_HEAD = 1 << 12


def is_voc(tree: FileTree) -> bool:
    """Return whether one of the first XML files is an annotation."""

    def head(name: str) -> bytes:
        with tree.open(name) as file:
            return file.read(_HEAD)

    return any(b"<annotation" in head(name) for name in _files(tree)[:5])


def read_voc(tree: FileTree) -> dict[str, list[Entry]]:
    """Read the boxes of the objects called face, or of all where they have one name."""
    roots = {name: _root(tree, name) for name in _files(tree)}
    roots = {name: root for name, root in roots.items() if root.tag == "annotation"}
    classes = face_classes((_text(one, "name") for root in roots.values() for one in root.findall("object")), tree.name)
    split_of = _split_lists(tree)
    entries = []
    for file, root in roots.items():
        where, stem = f"{tree.name}/{file}", file.rsplit("/", 1)[-1][: -len(".xml")]
        faces = [_face(one, where) for one in root.findall("object") if _text(one, "name") in classes]
        size = stated_size(_text(root, "size/width"), _text(root, "size/height"), where)
        entries.append(Entry(_text(root, "filename") or stem, faces, file, split_of.get(stem), size))
    return {"XML files": entries}


def _files(tree: FileTree) -> list[str]:
    return [name for name in tree.names if name.lower().endswith(".xml")]


def _root(tree: FileTree, name: str) -> ElementTree.Element:
    data, where = tree.read(name), f"{tree.name}/{name}"
    if not data.strip():
        raise DataError(f"{where} is empty: delete it or download it again")
    try:
        return ElementTree.fromstring(data, ElementTree.XMLParser(target=_WithoutDoctype()))
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise DataError(f"{where} is no XML that is read here: {error}") from error


class _WithoutDoctype(ElementTree.TreeBuilder):
    """Refuses what can declare entities: a few bytes of those grow to gigabytes."""

    def doctype(self, name, public_id, system_id):
        raise ValueError("it has a DOCTYPE, delete that line")


def _face(one: ElementTree.Element, where: str) -> Face:
    left, top, right, bottom = numbers((_text(one, f"bndbox/{edge}") for edge in _EDGES), where)
    said = {what: _text(one, what) for what in _KEPT}
    about = {what: int(value) if value.isdecimal() else value for what, value in said.items() if value}
    return Face((left - 1, top - 1, right - left + 1, bottom - top + 1), where, about)


def _text(element: ElementTree.Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _split_lists(tree: FileTree) -> dict[str, str]:
    """Say which split the lists of stems give a picture."""
    found = {}
    for file in tree.names:
        folder, _, name = file.rpartition("/")
        if f"/{folder}".endswith("/ImageSets/Main") and split_name(name.removesuffix(".txt")):
            stems = tree.read(file).decode("utf-8-sig", "replace").split()
            found |= dict.fromkeys(stems, name.removesuffix(".txt"))
    return found
