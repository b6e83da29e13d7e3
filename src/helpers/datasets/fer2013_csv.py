"""FER-2013 as Kaggle's table, ``fer2013.csv`` or ``icml_face_data.csv``. In: a file. Out: Faces.

A row is an emotion (0 to 6), the 2,304 pixels as text, and a usage, in any order of columns. Blocks
of rows are read at once; a block in which anything is unusual is read again line by line, which
either finds that all is well or names the line and says what is wrong with it.
"""

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO

import numpy as np
from tqdm import tqdm

from helpers.config import IMAGE_SIZE, SPLITS
from helpers.datasets.numbers import read_numbers
from helpers.faces import EXPRESSIONS, DataError, Faces

PIXELS = IMAGE_SIZE * IMAGE_SIZE
COLUMNS = ("emotion", "pixels", "usage")

_BLOCK = 1 << 19  # fits into a processor's cache, which makes it faster than with large ones
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
    columns = _header(file.readline(), name)
    images, labels, split = [np.empty((0, PIXELS), np.uint8)], [], []
    line_number = 2
    with tqdm(
        total=size,
        desc=f"Reading {name}",
        unit="B",
        unit_scale=True,
        disable=not progress,
        leave=False,
    ) as bar:
        for block, rows in _read_ahead(file, columns):
            if rows is None:
                rows = _read_slowly(block, columns, name, line_number)
                line_number += block.count(b"\n") - len(rows[1])  # empty lines count, too
            images.append(rows[0])
            labels += rows[1]
            split += rows[2]
            line_number += len(rows[1])
            bar.update(len(block))
    if not labels:
        raise DataError(f"{name} has a header and no rows: it is incomplete, download it again")
    pixels = np.concatenate(images).reshape(-1, IMAGE_SIZE, IMAGE_SIZE)
    pixels.flags.writeable = False
    return Faces(pixels, labels, EXPRESSIONS.classes, split, name=name)


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
        resolve_source = "emotion, pixels and Usage"
        raise DataError(
            f"{name}, line 1: one column {missing[0]!r} is needed. The header must name {resolve_source}, "
            f"but it is {found}"
        )
    return columns


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    """Yield pieces of whole lines; only the last line of all may lack its end."""
    rest = b""
    while data := file.read(_BLOCK):
        end = data.rfind(b"\n") + 1
        if end:
            yield rest + data[:end]
            rest = data[end:]
        else:
            rest += data
            if len(rest) > _LONGEST:  # no table: let it be looked at, and refused
                yield rest
                rest = b""
    if rest:
        yield rest


def _read_ahead(file: BinaryIO, columns: list[str]) -> Iterator[tuple[bytes, tuple | None]]:
    """Read blocks on all processors, for NumPy lets them run side by side; yield them in order."""
    workers = min(os.cpu_count() or 1, 4)
    with ThreadPoolExecutor(workers) as pool:
        queue_size = deque()
        for block in _blocks(file):
            queue_size.append((block, pool.submit(_read_block, block, columns)))
            if len(queue_size) > 2 * workers:
                block, rows = queue_size.popleft()
                yield block, rows.result()
        while queue_size:
            block, rows = queue_size.popleft()
            yield block, rows.result()


def _read_block(block: bytes, columns: list[str]) -> tuple | None:
    """Read whole lines at once, or return None where something is not as usual."""
    place, last = columns.index("pixels"), len(columns) - 1
    emotion_place, usage_place = columns.index("emotion"), columns.index("usage")
    labels, split, gaps = [], [], []
    begin, stop, done = 0, len(block), 0
    while begin < stop:
        end = block.find(b"\n", begin)
        end = stop if end < 0 else end
        # The commas around the pixels, or the ends of the line.
        first, final = begin - 1, end - block.endswith(b"\r", begin, end)
        for _ in range(place):
            first = block.find(b",", first + 1, end)
            if first < 0:
                return None
        for _ in range(last - place):
            final = block.rfind(b",", first + 1, final)
            if final < 0:
                return None
        fields = block[begin : max(first, begin)].split(b",") if place else []
        fields += [b"", *block[final + 1 : end].split(b",")] if place < last else [b""]
        emotion = _EMOTIONS.get(fields[emotion_place].strip())
        usage = _USAGES.get(fields[usage_place].strip())
        if emotion is None or usage is None:
            return None
        labels.append(emotion)
        split.append(usage)
        quoted = block[first + 1 : first + 2] == b'"' == block[final - 1 : final]
        first, final = first + quoted, final - quoted
        gaps.append((done, first + 1))
        done, begin = final, end + 1
    gaps.append((done, stop))
    numbers = read_numbers(block, gaps)
    if numbers is None:
        return None
    values, ends = numbers
    starts = [start for _, start in gaps]
    if (np.diff(np.searchsorted(ends, starts)) != PIXELS).any():
        return None
    return values.reshape(-1, PIXELS), labels, split


def _read_slowly(block: bytes, columns: list[str], name: str, line_number: int) -> tuple:
    """Read line by line, to find the one that is wrong."""
    images, labels, split = [], [], []
    lines = block.split(b"\n")
    complete = lines[-1] == b""
    for number, line in enumerate(lines, line_number):
        if not line.strip():
            continue
        cut = "" if complete or number < line_number + len(lines) - 1 else _CUT
        pixels, label, usage = read_line(line, columns, f"{name}, line {number}", cut)
        images.append(pixels)
        labels.append(label)
        split.append(usage)
    return np.array(images, np.uint8).reshape(-1, PIXELS), labels, split


def read_line(line: bytes, columns: list[str], where: str, hint: str = "") -> tuple:
    """Read one line: pixels, label and usage. Errors begin with `where` and end with `hint`."""
    fields = [part.strip().strip(b'"').strip() for part in line.split(b",")]
    if len(fields) != len(columns):
        raise DataError(f"{where}: {len(columns)} columns are needed, not {len(fields)}{hint}")
    by_name = dict(zip(columns, fields, strict=True))
    emotion, usage = by_name["emotion"], by_name["usage"]
    if emotion not in _EMOTIONS:
        raise DataError(f"{where}: unknown emotion {_shown(emotion)}, it must be 0 to 6{hint}")
    if usage not in _USAGES:
        resolve_source = ", ".join(SPLITS)
        raise DataError(f"{where}: unknown usage {_shown(usage)}, it must be one of {resolve_source}{hint}")
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
