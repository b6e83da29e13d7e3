"""How other sets say what their pictures show. In: a tree of files. Out: a table, a row a picture.

A layout is a function here and a line in `LAYOUTS`. Its table has the columns ``file`` (a path in the tree), ``label``
(an expression in the set's own word, spelled as the project does, or None for "none of them"), and perhaps ``split``,
a box (``left, top, right, bottom``, pixels), ``where`` it was read; whatever else is an attribute of the face.
"""

import io
import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from helpers.datasets.columns import LABELS, pick
from helpers.datasets.fer2013_csv import HEADER, header_columns
from helpers.datasets.names import CODES, class_names, expression
from helpers.datasets.trees import FileTree
from helpers.faces import DataError
from helpers.faces.pictures import is_picture

BOX = ["left", "top", "right", "bottom"]
PICTURES = ("image", "file", "filename", "path", "pth", "picture", "image_id", "subdirectory_filepath")
WORDS = (*LABELS, "expression")


def _meaning(words: str) -> tuple[str | None, ...]:
    """Spell a set's words as the project does; a dash is none of the expressions."""
    return tuple(expression(word) for word in words.split())


#: What each set's numbers mean, from 0 on, in its own words.
CKPLUS = _meaning("neutral anger contempt disgust fear happy sadness surprise")
RAFDB = _meaning("- Surprise Fear Disgust Happiness Sadness Anger Neutral")
AFFECTNET = _meaning("Neutral Happiness Sadness Surprise Fear Disgust Anger Contempt - - -")
EXPW = _meaning("anger disgust fear happy sadness surprise neutral")

_JAFFE = re.compile(r"([A-Z]{2})[.-](AN|DI|FE|HA|SA|SU|NE)(\d)[.-]\d+", re.IGNORECASE)
_KDEF = re.compile(r"([AB])([FM])(\d\d)(AF|AN|DI|HA|NE|SA|SU)(FL|HL|S|HR|FR)\.", re.IGNORECASE)
_RAFDB = re.compile(r"list_par?tition_label\.txt", re.IGNORECASE)  # as it is spelled in the original, or should be
_CK_LABEL = re.compile(r"(?:^|.*/)([^/]+)_emotion\.txt")


def find_layout(tree: FileTree) -> str | None:
    """Say which layout a tree of files has by their names, and by the first line of tables; None if none of these."""
    return next((layout for layout, (known, _) in LAYOUTS.items() if known(tree)), None)


def read_labels_of(tree: FileTree, layout: str) -> pd.DataFrame:
    """Read the table of a tree in one of the `LAYOUTS`."""
    table = LAYOUTS[layout][1](tree)
    if table.empty:
        raise DataError(f"{tree.name} looks like {layout}, but no label in it has a picture")
    return table


def _base(name: str) -> str:
    return name.rsplit("/", 1)[-1]


def _number(text: str, meaning: tuple, where: str) -> str | None:
    """Give what a number means; anything else is refused by its place."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not (value.is_integer() and 0 <= value < len(meaning)):
        raise DataError(f"{where}: the expression is {text.strip()!r}, it must be 0 to {len(meaning) - 1}")
    return meaning[int(value)]


def _pictures_by_name(tree: FileTree) -> Callable[[str, str], str]:
    """Make a function that finds the picture that a table means, by its path's end."""
    by_base: dict[str, list[str]] = {}
    for name in filter(is_picture, tree.names):
        by_base.setdefault(_base(name), []).append(name)

    def find(said: str, where: str) -> str:
        said = said.strip().replace("\\", "/").removeprefix("./")
        found = by_base.get(_base(said), [])
        if len(found) > 1:
            found = [name for name in found if f"/{name}".endswith(f"/{said}")]
        if len(found) != 1:
            many = f"{len(found)} pictures are called so" if found else "there is no such picture"
            raise DataError(f"{where}: {said!r}: {many}")
        return found[0]

    return find


# --- a table with a picture and a word in each row --------------------------------------------------------------------


def _tables(tree: FileTree) -> list[str]:
    """Name the CSV files whose columns are a picture and its label."""
    found = []
    for name in tree.names:
        if name.lower().endswith(".csv"):
            with tree.open(name) as file:
                columns = header_columns(file.readline(HEADER))
            if pick(columns, PICTURES, "", False) and pick(columns, WORDS, "", False):
                found.append(name)
    return found


def _read_tables(tree: FileTree) -> pd.DataFrame:
    return pd.concat([_read_table(tree, name) for name in _tables(tree)], ignore_index=True)


def _read_table(tree: FileTree, name: str) -> pd.DataFrame:
    try:
        table = pd.read_csv(io.BytesIO(tree.read(name)), dtype=str, keep_default_na=False, skipinitialspace=True)
    except (ValueError, UnicodeError) as error:  # pandas' parser errors are ValueErrors
        raise DataError(f"{tree.name}/{name} is no table: {error}") from error
    table.columns = [str(column).strip() for column in table.columns]
    picture, word = (pick(table.columns, spellings, name) for spellings in (PICTURES, WORDS))
    if table.empty:
        return pd.DataFrame(columns=["file", "label", "where"])
    where = [f"{tree.name}/{name}, row {row}" for row in range(2, len(table) + 2)]
    find = _pictures_by_name(tree)
    said = table[word].str.strip()
    if len(empty := np.flatnonzero(said == "")):
        raise DataError(f"{where[empty[0]]}: the column {word!r} is empty")
    affectnet = {"face_x", "face_y", "face_width", "face_height"} <= set(table.columns)
    made = table.drop(columns=[picture, word]).apply(_as_numbers)
    if affectnet:
        labels = [_number(text, AFFECTNET, place) for text, place in zip(said, where, strict=True)]
        x, y, width, height = (_numbers(table[c], where) for c in ("face_x", "face_y", "face_width", "face_height"))
        made = made.drop(columns=["face_x", "face_y", "face_width", "face_height"])
        made = made.assign(left=x, top=y, right=x + width, bottom=y + height)
    elif said.str.fullmatch("[0-9]").all() and "7" in set(said):  # FER-2013's are 0 to 6; RAF-DB's copy counts from 1
        labels = [_number(text, RAFDB, place) for text, place in zip(said, where, strict=True)]
        made["split"] = "Test" if "test" in _base(name).lower() else "Training"
    else:
        rename = class_names(said)
        labels = [rename[text] for text in said]
    files = [find(text, place) for text, place in zip(table[picture], where, strict=True)]
    return made.assign(file=files, label=labels, where=where)


def _as_numbers(column: pd.Series) -> pd.Series:
    return pd.to_numeric(column) if column.str.fullmatch(r"-?[0-9]+(\.[0-9]+)?").all() else column


def _numbers(column: pd.Series, where: list[str]) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce")
    if numbers.isna().any():
        row = int(numbers.isna().argmax())
        raise DataError(f"{where[row]}: {column.name} is {column[row]!r}, it must be a number")
    return numbers


# --- lists of their own kind ------------------------------------------------------------------------------------------


def _lines(tree: FileTree, name: str, fields: int, what: str) -> list[tuple[str, list[str]]]:
    """Split the lines of a list at spaces, each with its place; a line with other than so many fields is refused."""
    rows = []
    for number, line in enumerate(tree.read(name).decode("utf-8-sig", "replace").splitlines(), 1):
        where, parts = f"{tree.name}/{name}, row {number}", line.split()
        if parts and len(parts) != fields:
            raise DataError(f"{where}: {what} are needed, but there is {line.strip()[:60]!r}")
        if parts:
            rows.append((where, parts))
    return rows


def _read_rafdb(tree: FileTree) -> pd.DataFrame:
    """``train_00001.jpg 5`` in each line; the pictures may be the aligned ones."""
    name = next(name for name in tree.names if _RAFDB.fullmatch(_base(name)))
    aligned = {_base(n).replace("_aligned", ""): n for n in sorted(filter(is_picture, tree.names))}
    rows = []
    for where, (picture, number) in _lines(tree, name, 2, "a picture and a number"):
        if picture not in aligned:
            raise DataError(f"{where}: there is no picture {picture}")
        if (label := _number(number, RAFDB, where)) is None:
            raise DataError(f"{where}: the expression is {number!r}, it must be 1 to 7")
        split = "Training" if picture.startswith("train") else "Test"
        rows.append({"file": aligned[picture], "label": label, "split": split, "where": where})
    return pd.DataFrame(rows)


def _read_expw(tree: FileTree) -> pd.DataFrame:
    """``name.jpg face top left right bottom confidence expression`` in each line."""
    name = next(name for name in tree.names if _base(name).lower() == "label.lst")
    find, rows = _pictures_by_name(tree), []
    for where, (picture, face, *box, confidence, number) in _lines(tree, name, 8, "eight fields"):
        try:
            top, left, right, bottom = map(float, box)
            said = {"face": int(face), "confidence": float(confidence)}
        except ValueError as error:
            raise DataError(f"{where}: {error}") from error
        box = {"left": left, "top": top, "right": right, "bottom": bottom}
        label = _number(number, EXPW, where)
        rows.append({"file": find(picture, where), "label": label, "where": where} | box | said)
    return pd.DataFrame(rows)


def _read_affectnet(tree: FileTree) -> pd.DataFrame:
    """``annotations/12_exp.npy`` beside ``images/12.jpg``."""
    pictures = {name.rpartition(".")[0]: name for name in filter(is_picture, tree.names)}
    rows = []
    for name in (name for name in tree.names if name.endswith("_exp.npy")):
        where = f"{tree.name}/{name}"
        try:
            number = str(np.load(io.BytesIO(tree.read(name)), allow_pickle=False))
        except (ValueError, OSError, EOFError) as error:
            raise DataError(f"{where} holds no number: {error}") from error
        picture = pictures.get(name.removesuffix("_exp.npy").replace("annotations/", "images/"))
        if picture is None:
            raise DataError(f"{where} has no picture in images/")
        split = "Training" if "train" in name.lower() else "Test"
        rows.append({"file": picture, "label": _number(number, AFFECTNET, where), "split": split, "where": where})
    return pd.DataFrame(rows)


def _read_ckplus(tree: FileTree) -> pd.DataFrame:
    """Sequences that begin with a calm face: the last picture has the label, the first is neutral."""
    sequences: dict[str, list[str]] = {}
    for name in sorted(filter(is_picture, tree.names)):
        sequences.setdefault(_base(name).rpartition("_")[0], []).append(name)
    rows = []
    for name in tree.names:
        if match := _CK_LABEL.fullmatch(name):
            sequence, where = match[1].rpartition("_")[0], f"{tree.name}/{name}"
            label = _number(tree.read(name).decode("ascii", "replace"), CKPLUS, where)
            if not (pictures := sequences.get(sequence)):
                raise DataError(f"{where} has no pictures {sequence}_*.png")
            person = {"person": sequence.split("_")[0], "where": where}
            rows += [{"file": pictures[-1], "label": label, "frame": "last"} | person]
            rows += [{"file": pictures[0], "label": "neutral", "frame": "first"} | person] * (len(pictures) > 1)
    return pd.DataFrame(rows)


# --- file names that say it -------------------------------------------------------------------------------------------


def _named(pattern: re.Pattern, fields: tuple[str, ...]):
    """Make the two functions of a layout whose file names say it; `fields` names the pattern's groups."""

    def known(tree: FileTree) -> bool:
        pictures = [_base(name) for name in tree.names if is_picture(name)][:200]
        return sum(bool(pattern.match(name)) for name in pictures) > len(pictures) / 2

    def rows(tree: FileTree) -> pd.DataFrame:
        found = []
        for name in filter(is_picture, tree.names):
            if match := pattern.match(_base(name)):
                said = dict(zip(fields, match.groups(), strict=True))
                found.append({"file": name, "where": f"{tree.name}/{name}"} | said)
        table = pd.DataFrame(found)
        table["label"] = table["label"].str.lower().map(CODES)
        if "sex" in table:
            table["person"] = table["sex"].str.upper() + table["person"]
            table["sex"] = table["sex"].str.upper().map({"F": "female", "M": "male"})
        return table

    return known, rows


def _has(pattern: str):
    search = re.compile(pattern, re.IGNORECASE).fullmatch
    return lambda tree: any(search(_base(name)) for name in tree.names)


#: Name -> (does a tree have it, read its table). The first that fits is taken.
LAYOUTS: dict[str, tuple[Callable[..., bool], Callable[[FileTree], pd.DataFrame]]] = {
    "RAF-DB": (_has(_RAFDB.pattern), _read_rafdb),
    "ExpW": (_has(r"label\.lst"), _read_expw),
    "AffectNet": (_has(r"\d+_exp\.npy"), _read_affectnet),
    "CK+": (_has(r".+_emotion\.txt"), _read_ckplus),
    "JAFFE": _named(_JAFFE, ("person", "label", "number")),
    "KDEF": _named(_KDEF, ("session", "sex", "person", "label", "view")),
    "table of labels": (lambda tree: bool(_tables(tree)), _read_tables),
}
