"""FER+: what ten people saw in each face of FER-2013. In: ``fer2013new.csv``. Out: votes a row.

The table has no pictures. Its rows are those of ``fer2013.csv``, in the same order.
"""

import csv
import io
from pathlib import Path

import numpy as np

from helpers.faces import DataError, Faces

#: The table's columns of votes: eight expressions, "unknown", and "NF" for no face.
VOTE_NAMES = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF")
FILE_NAME = "fer2013new.csv"


def read_votes(data: bytes, name: str = FILE_NAME) -> tuple[list[str], np.ndarray]:
    """Read the table of votes.

    Parameters
    ----------
    data : bytes
        What the file holds.
    name : str
        What to call it in messages.

    Returns
    -------
    usages : list of str
        The split of each row.
    votes : array of uint8, shape (n, 10)
        How many people chose each of `VOTE_NAMES`.
    """
    lines = io.StringIO(data.decode("utf-8-sig", errors="replace"), newline="")
    # Quotes mean nothing here: a stray one must not swallow the lines that follow.
    table = csv.reader(lines, quoting=csv.QUOTE_NONE)
    try:
        header = [column.strip() for column in next(table, [])]
        if not header:
            raise DataError(f"{name} is empty: download it again")
        for column in ("Usage", *VOTE_NAMES):
            if header.count(column) != 1:
                raise DataError(f"{name}, line 1: the header needs one column {column!r}")
        places = [header.index(column) for column in VOTE_NAMES]
        usage_place = header.index("Usage")
        usages, votes = [], []
        for fields in table:
            if not any(field.strip() for field in fields):
                continue
            where = f"{name}, line {table.line_num}"
            if len(fields) != len(header):
                raise DataError(
                    f"{where}: {len(header)} columns are needed, not {len(fields)}; "
                    "if it is the last line, the file is incomplete: download it again"
                )
            usages.append(fields[usage_place].strip())
            votes.append([_vote(fields[place], header[place], where) for place in places])
    except csv.Error as error:
        raise DataError(f"{name}, line {table.line_num}: {error}") from error
    if not votes:
        raise DataError(f"{name} has a header and no rows: download it again")
    return usages, np.array(votes, np.uint8)


def join_votes(faces: Faces, path: Path) -> Faces:
    """Return `faces` with the votes of the table at `path`, row by row.

    Raises
    ------
    DataError
        If the two do not line up: other numbers of rows, or a row of another split.
    """
    usages, votes = read_votes(path.read_bytes(), path.name)
    if len(usages) != len(faces):
        raise DataError(
            f"{path.name} has {len(usages)} rows of votes for {len(faces)} faces of {faces.name}: "
            "they do not belong together, or one of them is incomplete"
        )
    if len(differ := np.flatnonzero(np.array(usages) != faces.split)):
        row = differ[0]
        raise DataError(
            f"{path.name}, row {row + 1}: its usage is {usages[row]!r}, but that row of "
            f"{faces.name} is {str(faces.split[row])!r}: the rows do not line up"
        )
    return faces.replace(votes=votes, vote_names=VOTE_NAMES, name=f"{faces.name} + {path.name}")


def _vote(text: str, column: str, where: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= 255):
        raise DataError(f"{where}: {column} is {text[:20]!r}, it must be a number of votes")
    return int(text)
