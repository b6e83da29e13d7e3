import io
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from layouts import few_faces, table

from helpers.config import SPLITS
from helpers.datasets import fer2013_csv
from helpers.datasets.fer2013_csv import read_csv
from helpers.faces import EXPRESSIONS, DataError, Faces

FACES = few_faces().replace(votes=None, vote_names=None)
TABLE = table(FACES)


def read(data: bytes) -> Faces:
    return read_csv(io.BytesIO(data), "fer2013.csv")


def no_slow_path(*_):
    raise AssertionError("read line by line")


@pytest.mark.parametrize("header", ["emotion,pixels,Usage", "emotion, Usage, pixels", "pixels,id,emotion,usage,more"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_reads_every_order_of_columns_fast(header, end, monkeypatch):
    monkeypatch.setattr(fer2013_csv, "_read_slowly", no_slow_path)
    assert read(table(FACES, header, end)).equals(FACES)


@pytest.mark.parametrize(
    "data",
    [
        TABLE.rstrip(b"\n"),
        b"\xef\xbb\xbf" + TABLE,
        TABLE.replace(b",Training", b', "Training" '),
        TABLE.replace(b",0 ", b",000 ").replace(b" 7 ", b"  00007 "),
        TABLE.replace(b"\n", b"\n\n \n"),
        TABLE.replace(b" ", b"\t", 5000),
        b'"emotion","pixels","Usage"\n' + TABLE.split(b"\n", 1)[1],
    ],
    ids=["no last end", "byte order mark", "quotes", "zeros", "empty lines", "tabs", "header"],
)
def test_reads_what_is_odd_but_clear(data):
    assert data != TABLE
    assert read(data).equals(FACES)


def test_quoted_pixels_are_read_fast(monkeypatch):
    monkeypatch.setattr(fer2013_csv, "_read_slowly", no_slow_path)
    quoted = re.sub(rb"(?m)^(\d),([\d ]+),", rb'\1,"\2",', TABLE)
    assert quoted.count(b'"') == 2 * len(FACES)
    assert read(quoted).equals(FACES)


@pytest.mark.parametrize("rows", [1, 2, 41, 42, 43])
def test_any_number_of_rows_at_once_gives_the_same(rows, monkeypatch):
    monkeypatch.setattr(fer2013_csv, "_ROWS", rows)
    assert read(TABLE).equals(FACES)


def edited(line: int, old: bytes, new: bytes) -> bytes:
    lines = TABLE.split(b"\n")
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new, 1)
    return b"\n".join(lines)


@pytest.mark.parametrize(
    "data, complaint",
    [
        (b"", "fer2013.csv is empty"),
        (b"emotion,pixels,Usage\n", "no rows"),
        (TABLE.split(b"\n", 1)[1], "line 1: one column 'emotion' is needed"),
        (b"emotion,pixels\n0,1 2 3\n", "line 1: one column 'usage' is needed"),
        (edited(9, b",", b",1 "), "line 9: 2304 pixels are needed, not 2305"),
        (edited(9, b" ", b""), "line 9: "),
        (edited(17, b" ", b" -"), "line 17: pixel 2 is '-"),
        (edited(17, b" ", b" 256 "), "line 17: pixel 2 is '256', it must be 0 to 255"),
        (edited(17, b" ", b" 4711 "), "line 17: pixel 2 is '4711'"),
        (edited(17, b" ", b" 1x "), "line 17: pixel 2 is '1x'"),
        (edited(17, b" ", b" \xff "), "line 17: pixel 2 is "),
        (edited(30, b",", b"7,"), "line 30: unknown emotion"),
        (edited(30, b"PrivateTest", b"Privat"), "line 30: unknown usage 'Privat'"),
        (edited(2, b"Training", b"Training,Training"), "line 2: 3 columns are needed, not 4"),
        (b"emotion,pixels,Usage\n0," + b"1 " * 2_000_000, "line 2: 3 columns are needed, not 2"),
        (edited(43, b",PrivateTest", b""), "line 43: 3 columns are needed, not 2"),
        (TABLE[:-4], "line 43: unknown usage 'PrivateT', it must be one of"),
        (TABLE[:-400], "line 43: 3 columns are needed, not 2 (the file ends here: it is incompl"),
    ],
)
@pytest.mark.parametrize("rows", [32, 2])
def test_says_what_is_wrong_and_where(data, complaint, rows, monkeypatch):
    monkeypatch.setattr(fer2013_csv, "_ROWS", rows)
    with pytest.raises(DataError) as raised:
        read(data)
    assert complaint in str(raised.value)


def test_counts_empty_lines_as_an_editor_does(monkeypatch):
    monkeypatch.setattr(fer2013_csv, "_ROWS", 2)
    with pytest.raises(DataError, match="line 79: unknown usage 'PrivateT'"):
        read(edited(40, b"Test", b"T").replace(b"\n", b"\n\n"))


def reference(data: bytes):
    """Read a table as plainly as possible; return Faces, or the number of the first bad line."""
    lines = data.split(b"\n")
    names = [cell.strip().strip(b'"').strip().lower() for cell in lines[0].removeprefix(b"\xef\xbb\xbf").split(b",")]
    if any(names.count(name) != 1 for name in (b"emotion", b"pixels", b"usage")):
        return 1
    images, labels, splits = [], [], []
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        cells = [cell.strip().strip(b'"').strip() for cell in line.split(b",")]
        row = dict(zip(names, cells, strict=False))
        words = row.get(b"pixels", b"").split()
        good = (
            len(cells) == len(names)
            and row[b"emotion"] in [b"%d" % label for label in range(7)]
            and row[b"usage"] in [split.encode() for split in SPLITS]
            and len(words) == 2304
            and all(word.isdigit() and int(word) <= 255 for word in words)
        )
        if not good:
            return number
        images.append([int(word) for word in words])
        labels.append(int(row[b"emotion"]))
        splits.append(row[b"usage"].decode())
    if not images:
        return None
    pixels = np.array(images, np.uint8).reshape(-1, 48, 48)
    return Faces(pixels, labels, EXPRESSIONS.classes, splits)


def agrees_with_reference(data: bytes) -> None:
    expected = reference(data)
    try:
        faces = read(data)
    except DataError as error:
        assert not isinstance(expected, Faces), error
        assert "fer2013.csv" in str(error)
        if expected and data:
            assert f"line {expected}" in str(error)
    else:
        assert isinstance(expected, Faces)
        assert faces.equals(expected)


SHORT = table(few_faces(6).replace(votes=None, vote_names=None))
PIECES = st.one_of(
    st.sampled_from([b"", b" ", b",", b"\n", b"\r", b'"', b"-1", b"256", b" 0", b"9", b"Training"]),
    st.binary(max_size=4),
)
EDITS = st.lists(st.tuples(st.integers(0, len(SHORT)), st.integers(0, 12), PIECES), max_size=3)
QUICK = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(EDITS, st.sampled_from([32, 1]))
@example([(0, 0, b"\x0b")], 1)
@example([(0, 0, b"\xc2\xa0")], 1)
def test_random_edits(monkeypatch, edits, rows):
    monkeypatch.setattr(fer2013_csv, "_ROWS", rows)
    data = SHORT
    for place, length, piece in edits:
        data = data[:place] + piece + data[place + length :]
    agrees_with_reference(data)


@QUICK
@given(st.integers(0, len(SHORT)))
def test_truncation_anywhere(monkeypatch, length):
    agrees_with_reference(SHORT[:length])


@QUICK
@given(st.binary(max_size=300), st.booleans())
def test_random_bytes(monkeypatch, data, with_header):
    agrees_with_reference((b"emotion,pixels,Usage\n" if with_header else b"") + data)


@given(
    st.lists(st.lists(st.integers(0, 1200), min_size=3, max_size=3), min_size=1, max_size=9),
    st.sampled_from([" ", "  "]),
)
def test_numbers_are_read_or_refused(rows, space):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fer2013_csv, "PIXELS", 3)
        texts = [space.join(map(str, row)).encode() for row in rows]
        if max(map(max, rows)) > 255:
            with pytest.raises(ValueError, match="above 255"):
                fer2013_csv._pixels(texts)
        else:
            assert fer2013_csv._pixels(texts).tolist() == rows


def test_what_one_row_lacks_another_cannot_make_up_for(monkeypatch):
    monkeypatch.setattr(fer2013_csv, "PIXELS", 3)
    for texts in ([b"1 2", b"3 4 5 6"], [b"1 2 3 4 5 6", b""], [b"1  2", b"3 4 5 6"], [b"1 2"]):
        with pytest.raises(ValueError, match="more or fewer"):
            fer2013_csv._pixels(texts)
