import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from layouts import few_faces, votes_table

from helpers.datasets.ferplus import VOTE_NAMES, join_votes, read_votes
from helpers.faces import DataError

FACES = few_faces(21)
BARE = FACES.replace(votes=None, vote_names=None, name="fer2013.csv")
TABLE = votes_table(FACES)


@pytest.fixture
def votes_file(tmp_path):
    return tmp_path / "fer2013new.csv"


def test_votes_join_row_by_row(votes_file):
    votes_file.write_bytes(TABLE)
    joined = join_votes(BARE, votes_file)
    assert joined.equals(FACES)
    assert joined.vote_names == VOTE_NAMES
    assert joined.name == "fer2013.csv + fer2013new.csv"


def test_columns_may_stand_in_any_order():
    lines = [line.split(",") for line in TABLE.decode().split("\r\n")]
    backwards = "\n".join(",".join(cells[::-1]) for cells in lines).encode()
    usages, votes = read_votes(backwards)
    assert usages == FACES.split.tolist()
    assert (votes == FACES.votes).all()


def line(number: int, old: bytes, new: bytes) -> bytes:
    lines = TABLE.split(b"\r\n")
    assert old in lines[number - 1]
    lines[number - 1] = lines[number - 1].replace(old, new, 1)
    return b"\r\n".join(lines)


@pytest.mark.parametrize(
    "data, complaint",
    [
        (b"", "fer2013new.csv is empty"),
        (TABLE.split(b"\r\n")[0], "no rows"),
        (TABLE.replace(b"contempt", b"contemt"), "line 1: the header needs one column 'contempt'"),
        (line(5, b"png,", b"png,x"), "line 5: neutral is 'x"),
        (line(5, b"png,", b"png,-"), "line 5: neutral is '-"),
        (line(5, b"png,", b"png,99"), "line 5: neutral is '99"),
        (line(5, b"png,", b"png,,"), "line 5: 12 columns are needed, not 13"),
        (TABLE[:-8], "line 22: 12 columns are needed"),
        (line(8, b"Training", b"PublicTest"), "row 7: its usage is 'PublicTest', but that row of fer"),
        (TABLE.rsplit(b"\r\n", 2)[0], "20 rows of votes for 21 faces"),
    ],
)
def test_says_what_is_wrong_and_where(votes_file, data, complaint):
    votes_file.write_bytes(data)
    with pytest.raises(DataError) as raised:
        join_votes(BARE, votes_file)
    assert complaint in str(raised.value)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(TABLE)), st.integers(0, 30), st.binary(max_size=3))
def test_random_edits_change_only_what_they_touch(votes_file, place, length, piece):
    data = TABLE[:place] + piece + TABLE[place + length :]
    votes_file.write_bytes(data)
    try:
        joined = join_votes(BARE, votes_file)
    except DataError as error:
        assert "fer2013new.csv" in str(error)
    else:
        # Whatever was not edited is still what it was: nothing has moved by a row or a column.
        touched = data.count(b"\n", 0, place) - 1
        after = touched + TABLE.count(b"\n", place, place + length) + 1
        rows = np.r_[0 : max(touched, 0), max(after, 0) : len(FACES)]
        assert (joined.votes[rows] == FACES.votes[rows]).all()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.booleans())
def test_random_bytes_are_refused(data, with_header):
    header = TABLE.split(b"\r\n")[0] + b"\r\n" if with_header else b""
    with pytest.raises(DataError, match=r"fer2013new\.csv"):
        read_votes(header + data)
