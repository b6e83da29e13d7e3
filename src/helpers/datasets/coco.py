"""Scenes annotated in COCO's JSON. In: a tree of files. Out: entries.

Files of any name with lists ``images``, ``annotations`` (``bbox`` is left, top, width and height) and ``categories``.
Splits are those of the files' names or folders. Annotations of crowds are left out.
"""

import json
import re

from helpers.datasets.annotations import Entry, Face, face_classes, numbers, split_word, stated_size
from helpers.datasets.names import split_name
from helpers.datasets.trees import FileTree
from helpers.faces import DataError

#: The first key of such a file, or two lists of objects that only it has.
_FIRST = re.compile(rb'\s*\{\s*"(info|licenses?|images|annotations|categories|type)"\s*:')
_LISTS = re.compile(rb'"(images|annotations|categories)"\s*:\s*\[\s*[{\]]')
_HEAD = 1 << 16
#: No more JSON files are looked into: some sets have one for each picture.
_LOOKED_INTO = 50
_NOT_KEPT = {"id", "image_id", "category_id", "bbox", "area", "iscrowd"}


def is_coco(tree: FileTree) -> bool:
    """Return whether a JSON file begins as COCO's do."""
    return bool(_files(tree))


def read_coco(tree: FileTree) -> dict[str, list[Entry]]:
    """Read the boxes of the category face, or of the only one there is."""
    return {file: _entries(tree, file) for file in _files(tree)}


def _files(tree: FileTree) -> list[str]:
    found = []
    for name in [name for name in tree.names if name.lower().endswith(".json")][:_LOOKED_INTO]:
        with tree.open(name) as file:
            head = file.read(_HEAD).removeprefix(b"\xef\xbb\xbf")
        if _FIRST.match(head) or _LISTS.search(head):
            found.append(name)
    return found


def _entries(tree: FileTree, file: str) -> list[Entry]:
    where = f"{tree.name}/{file}"
    try:
        table = json.loads(tree.read(file))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where} is no JSON: {error}") from error
    images, annotations, categories = (_list(table, what, where) for what in ("images", "annotations", "categories"))
    if not images:
        raise DataError(f"{where} names no pictures")
    name_of = {_key(one, "id", where): one.get("name") for one in categories}
    classes = face_classes(map(str, name_of.values()), where)
    wanted = {number for number, name in name_of.items() if str(name) in classes}
    faces = {_key(image, "id", where): [] for image in images}
    if len(faces) < len(images):
        raise DataError(f"{where}: two images have the same id")
    for number, one in enumerate(annotations, 1):
        place = f"{where}, annotation {one.get('id', number)}"
        image, category = _key(one, "image_id", place), _key(one, "category_id", place)
        if image not in faces:
            raise DataError(f"{place}: there is no image {image!r} in the list of images")
        if category not in name_of:
            raise DataError(f"{place}: there is no category {category!r} in the list of categories")
        if category in wanted and not one.get("iscrowd"):
            faces[image].append(_face(one, place))
    word = next(filter(split_name, re.split(r"[^A-Za-z]+", file.rsplit("/", 1)[-1])), None) or split_word(file)
    entries = []
    for image in images:
        place = f"{where}, image {image['id']}"
        size = stated_size(image.get("width"), image.get("height"), place)
        entries.append(Entry(_name(image, place), faces[image["id"]], file, word, size))
    return entries


def _face(one: dict, where: str) -> Face:
    box = one.get("bbox")
    if not isinstance(box, list) or len(box) != 4:
        raise DataError(f"{where}: a bbox is four numbers, [left, top, width, height], not {box!r}")
    plain = {what: said for what, said in one.items() if what not in _NOT_KEPT and isinstance(said, str | int | float)}
    return Face(tuple(numbers(box, where)), where, plain)


def _list(table: object, what: str, where: str) -> list[dict]:
    rows = table.get(what) if isinstance(table, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise DataError(f'{where} must have a list "{what}" of objects')
    return rows


def _key(row: dict, what: str, where: str) -> int | str:
    key = row.get(what)
    if not isinstance(key, int | str):
        raise DataError(f'{where}: a number "{what}" is missing in {str(row)[:80]}')
    return key


def _name(image: dict, where: str) -> str:
    name = image.get("file_name")
    if not isinstance(name, str) or not name:
        raise DataError(f'{where}: a "file_name" is missing')
    return name
