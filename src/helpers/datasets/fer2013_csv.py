"""FER-2013 as Kaggle's table, ``fer2013.csv`` or ``icml_face_data.csv``. In: a file. Out: Faces.

A row is an emotion (0 to 6), the 2,304 pixels as text, and a usage, in any order of columns. Some rows are read at
once; where anything in them is unusual they are read again one by one, which either finds that all is well or names the
line and says what is wrong with it.
"""

from itertools import islice
from typing import BinaryIO

import numpy as np
from tqdm import tqdm

from helpers.config import IMAGE_SIZE, SPLITS
from helpers.faces import EXPRESSIONS, DataError, Faces

PIXELS = IMAGE_SIZE * IMAGE_SIZE
COLUMNS = ("emotion", "pixels", "usage")

_ROWS = 32  # that are read at once: their text fits into a processor's cache
_LONGEST = 1 << 20  # bytes in a line; FER-2013's have less than 10,000
_CUT = " (the file ends here: it is incomplete, download it again)"
_EMOTIONS = {str(number).encode(): number for number in range(len(EXPRESSIONS.classes))}
_BLANK = " \t\n\r\v\f"  # as bytes know it: other blanks belong to a name
_USAGES = {name.encode(): name for name in SPLITS}


def read_csv(file: BinaryIO, name: str, size: int = 0, progress: bool = False) -> Faces:
    """Read FER-2013 from a table.

    Parameters
    ----------
    file : binary file
        The table, opened for reading.
    name : str
        What to call the file in messages, and the faces.
    size : int
        Bytes in the file, for the progress bar.
    progress : bool
        Whether to show one.

    Raises
    ------
    DataError
        If anything is wrong with the table; names the line, counted as an editor does.
    """
    columns = _header(file.readline(_LONGEST), name)
    images, labels, split = [np.empty((0, PIXELS), np.uint8)], [], []
    lines, line_number = iter(lambda: file.readline(_LONGEST), b""), 2
    options = {"unit": "B", "unit_scale": True, "disable": not progress, "leave": False}
    with tqdm(total=size, desc=f"Reading {name}", **options) as bar:
        while some := list(islice(lines, _ROWS)):
            try:
                pixels, some_labels, some_splits = _read_fast(some, columns)
            except (KeyError, ValueError):
                pixels, some_labels, some_splits = _read_slowly(some, columns, name, line_number)
            images.append(pixels)
            labels += some_labels
            split += some_splits
            line_number += len(some)
            bar.update(sum(map(len, some)))
    if not labels:
        raise DataError(f"{name} has a header and no rows: it is incomplete, download it again")
    pixels = np.concatenate(images).reshape(-1, IMAGE_SIZE, IMAGE_SIZE)
    pixels.flags.writeable = False
    return Faces(pixels, labels, EXPRESSIONS.classes, split, name=name)


#: Bytes that are enough for a table's header.
HEADER = 10_000


def header_columns(line: bytes) -> list[str]:
    """Return the names of a table's columns: lower case, without spaces and quotes around them."""
    text = line.decode("utf-8-sig", errors="replace")
    return [part.strip(_BLANK).strip('"').strip(_BLANK).lower() for part in text.split(",")]


def _header(line: bytes, name: str) -> list[str]:
    if not line:
        raise DataError(f"{name} is empty: download it again")
    columns = header_columns(line)
    missing = [column for column in COLUMNS if columns.count(column) != 1]
    if missing:
        found = ", ".join(repr(column[:20]) for column in columns[:5])
        raise DataError(
            f"{name}, line 1: one column {missing[0]!r} is needed. The header must name emotion, "
            f"pixels and Usage, but it is {found}"
        )
    return columns


def _fields(line: bytes) -> list[bytes]:
    return [part.strip().strip(b'"').strip() for part in line.split(b",")]


def _read_fast(lines: list[bytes], columns: list[str]) -> tuple:
    """Read rows at once: pixels, labels, usages. Raises KeyError or ValueError where in doubt."""
    rows = [dict(zip(columns, _fields(line), strict=True)) for line in lines]
    labels = [_EMOTIONS[row["emotion"]] for row in rows]
    split = [_USAGES[row["usage"]] for row in rows]
    return _pixels([row["pixels"] for row in rows]), labels, split


def _pixels(texts: list[bytes]) -> np.ndarray:
    """Read numbers from 0 to 255, of three digits at most, between spaces; so many in each text.

    NumPy looks at all last digits, then at all digits before them, and all before those. With pyarrow (split and cast)
    the whole table takes 2.7 times as long, with ``np.fromstring`` 2.3 times, with ``str.split`` six times.
    """
    digit = np.frombuffer(b" ".join((b"  ", *texts, b"")), np.uint8) - np.uint8(ord("0"))
    is_digit = digit <= 9
    if not (is_digit | (digit == np.uint8(ord(" ") - ord("0") + 256))).all():
        raise ValueError("neither digits nor spaces")
    digit *= is_digit
    third = is_digit[3:-1] & is_digit[2:-2] & is_digit[1:-3]  # true at a number's third digit
    hundreds, below_hundred = digit[1:-3] * third, digit[2:-2] * np.uint8(10)
    below_hundred += digit[3:-1]
    values = hundreds * np.uint8(100)
    values += below_hundred
    if (third & is_digit[:-4]).any() or hundreds.max() > 2 or (values < below_hundred).any():
        raise ValueError("four digits, or above 255: the sum has wrapped around")
    last = np.flatnonzero(is_digit[3:-1] > is_digit[4:])
    found = np.searchsorted(last, np.cumsum([len(text) + 1 for text in texts]))
    if (np.diff(found, prepend=0) != PIXELS).any():
        raise ValueError("a row with more or fewer pixels")
    return values.take(last).reshape(-1, PIXELS)


def _read_slowly(lines: list[bytes], columns: list[str], name: str, line_number: int) -> tuple:
    """Read line by line, to find the one that is wrong."""
    rows = [
        read_line(line, columns, f"{name}, line {number}", "" if line.endswith(b"\n") else _CUT)
        for number, line in enumerate(lines, line_number)
        if line.strip()
    ]
    images, labels, split = zip(*rows, strict=True) if rows else ((), (), ())
    return np.array(images, np.uint8).reshape(-1, PIXELS), labels, split


def read_line(line: bytes, columns: list[str], where: str, hint: str = "") -> tuple:
    """Read one line: pixels, label and usage. Errors begin with `where` and end with `hint`."""
    fields = _fields(line)
    if len(fields) != len(columns):
        raise DataError(f"{where}: {len(columns)} columns are needed, not {len(fields)}{hint}")
    by_name = dict(zip(columns, fields, strict=True))
    emotion, usage = by_name["emotion"], by_name["usage"]
    if emotion not in _EMOTIONS:
        raise DataError(f"{where}: unknown emotion {_shown(emotion)}, it must be 0 to 6{hint}")
    if usage not in _USAGES:
        known = ", ".join(SPLITS)
        raise DataError(f"{where}: unknown usage {_shown(usage)}, it must be one of {known}{hint}")
    words = by_name["pixels"].split()
    for place, word in enumerate(words, 1):
        # isdigit of bytes knows only 0 to 9; the length keeps absurdly long numbers from being read
        if not word.isdigit() or len(word) > 20 or int(word) > 255:
            raise DataError(f"{where}: pixel {place} is {_shown(word)}, it must be 0 to 255{hint}")
    if len(words) != PIXELS:
        raise DataError(f"{where}: {PIXELS} pixels are needed, not {len(words)}{hint}")
    return [int(word) for word in words], _EMOTIONS[emotion], _USAGES[usage]


def _shown(text: bytes) -> str:
    return repr(text[:20].decode("utf-8", errors="replace"))
