import logging
import tarfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layouts import encoded, few_faces, pictures, png, write, write_zip
from PIL import Image

from helpers.datasets.folders import read_folders
from helpers.datasets.names import class_names
from helpers.datasets.trees import open_tree
from helpers.datasets.utkface import read_utkface
from helpers.faces import EXPRESSIONS, DataError
from helpers.faces.pictures import to_face

FACES = few_faces().replace(votes=None, vote_names=None)


def read(path, reader=read_folders):
    with open_tree(path) as tree:
        return reader(tree)


def unnamed(path):
    """Without the files' names, which differ from layout to layout."""
    faces = read(path)
    assert sorted(faces.attributes) == ["file"] and faces.attributes["file"].is_unique
    return faces.replace(attributes=None)


def test_a_grey_face_is_taken_as_it_is():
    for kind, options in (("png", {}), ("bmp", {}), ("tiff", {}), ("webp", {"lossless": True})):
        assert (to_face(encoded(FACES.images[0], kind, **options), "x") == FACES.images[0]).all()


def test_colour_becomes_grey():
    red = np.zeros((48, 48, 3), np.uint8)
    red[..., 0] = 255
    assert np.unique(to_face(encoded(red), "x")).tolist() == [76]
    grey = np.repeat(FACES.images[0][..., None], 3, axis=2)
    assert (to_face(encoded(grey), "x") == FACES.images[0]).all()


def test_large_pictures_are_averaged_and_cut_to_the_middle():
    large = np.repeat(np.repeat(FACES.images[0], 3, axis=0), 3, axis=1)
    noise = np.tile(np.array([-1, 0, 1]), 48)
    spread = np.clip(large.astype(int) + noise, 0, 255).astype(np.uint8)
    wide = np.pad(spread, ((0, 0), (40, 40)))
    face = to_face(encoded(wide), "x").astype(int)
    assert np.abs(face - FACES.images[0]).max() <= 1


def test_small_and_sixteen_bit_pictures():
    assert to_face(encoded(np.full((20, 30), 9, np.uint8)), "x").tolist() == [[9] * 48] * 48
    deep = np.full((48, 48), 200 * 257, np.uint16)
    assert np.unique(to_face(encoded(deep), "x")).tolist() == [200]


def test_a_photograph_on_its_side_is_turned():
    upright = np.zeros((48, 48), np.uint8)
    upright[:24] = 250
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rotate by 90 degrees to the right
    data = encoded(np.rot90(upright), "jpeg", exif=exif, quality=95)
    face = to_face(data, "x").astype(int)
    assert np.abs(face - upright).max() < 10


@pytest.mark.parametrize(
    "data, complaint",
    [
        (b"", "a/b.png is empty"),
        (b"no picture", "a/b.png is no picture"),
        (png(FACES.images[0])[:1000], "a/b.png is cut off or damaged"),
        (encoded(FACES.images[0], "jpeg")[:-200], "a/b.png is cut off or damaged"),
    ],
)
def test_bad_pictures_are_named(data, complaint):
    with pytest.raises(DataError, match=complaint):
        to_face(data, "a/b.png")


PHOTOGRAPHS = [encoded(FACES.images[0], kind) for kind in ("png", "jpeg", "gif", "webp", "tiff")]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PHOTOGRAPHS), st.floats(0, 1), st.integers(0, 9), st.binary(max_size=6))
def test_damaged_pictures_are_read_or_named(data, place, length, piece):
    place = int(place * len(data))
    try:
        face = to_face(data[:place] + piece + data[place + length :], "a/b.png")
    except DataError as error:
        assert str(error).startswith("a/b.png ")
    else:
        assert face.shape == (48, 48) and face.dtype == np.uint8


def test_telling_names_give_splits_and_order(tmp_path, caplog):
    assert unnamed(write(pictures(FACES), tmp_path)).equals(FACES)
    assert "told apart by file names" in caplog.text


@pytest.mark.parametrize("telling", [True, False])
def test_archives_and_wrapped_folders_read_the_same(tmp_path, telling):
    files = pictures(FACES, telling)
    plain = unnamed(write(files, tmp_path / "plain"))
    wrapped = {f"outer/inner/{name}": data for name, data in files.items()}
    assert unnamed(write(wrapped, tmp_path / "wrapped")).equals(plain)
    wrapped["__MACOSX/train/happy/._Training_1.png"] = b"shadow"
    wrapped["outer/inner/train/happy/.DS_Store"] = b"more dirt"
    assert unnamed(write_zip(wrapped, tmp_path / "archive.zip")).equals(plain)
    with tarfile.open(tmp_path / "archive.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "plain", "anything")
    assert unnamed(tmp_path / "archive.tar.gz").equals(plain)


def test_names_that_do_not_tell_leave_one_test(tmp_path):
    faces = read(write(pictures(FACES, telling=False), tmp_path))
    assert set(faces.split) == {"Training", "Test"}
    assert len(faces.in_split("Test")) == 28
    assert faces.classes == EXPRESSIONS.classes


def test_validation_makes_test_the_private_one(tmp_path, caplog):
    image = png(FACES.images[0])
    names = [f"{split}/{name}/1.png" for split in ("train", "Valid", "TEST") for name in ("a", "b")]
    faces = read(write(dict.fromkeys(names, image), tmp_path))
    assert faces.counts().to_dict("list") == {"Training": [1, 1], "PublicTest": [1, 1], "PrivateTest": [1, 1]}
    assert "validation is taken as PublicTest" in caplog.text


def test_folders_without_splits_are_training(tmp_path, caplog):
    image = png(FACES.images[0])
    names = ["Anger/1.png", "contempt/1.png", "Suprise/2.png", "happiness/1.png"]
    faces = read(write(dict.fromkeys(names, image), tmp_path))
    assert faces.classes == ("angry", "happy", "surprise", "contempt")
    assert set(faces.split) == {"Training"}
    assert "no split folders" in caplog.text


def test_spellings_of_one_class_are_one_class(tmp_path):
    image = png(FACES.images[0])
    names = ["train/happy/1.png", "train/sad/1.png", "test/Happiness/1.png", "test/SADNESS/1.png"]
    faces = read(write(dict.fromkeys(names, image), tmp_path))
    assert faces.classes == ("happy", "sad")


@pytest.mark.parametrize(
    "folders, classes",
    [
        (["Angry", "disgusted", "Fearful"], ["angry", "disgust", "fear"]),
        (["0", "3", "6"], ["angry", "happy", "neutral"]),
        (["1", "3", "7"], ["1", "3", "7"]),
        (["0", "3", "7"], ["0", "3", "7"]),
        (["AN", "HA", "AF"], ["angry", "happy", "fear"]),
        (["AN", "happy", "other"], ["AN", "happy", "other"]),
        (["3_happy", "04 - Sad"], ["happy", "sad"]),
        (["contempt", "cat"], ["contempt", "cat"]),
    ],
)
def test_class_names(folders, classes):
    found = class_names(folders)
    assert [found[folder] for folder in folders] == classes


def test_what_is_no_data_set_is_refused(tmp_path):
    write({"happy/1.png": png(FACES.images[0]), "notes.txt": b"hello"}, tmp_path)
    with pytest.raises(DataError, match="no pictures in class-named folders"):
        read(tmp_path)


def test_a_bad_picture_in_a_folder_is_named(tmp_path):
    write({**pictures(FACES), "train/happy/Training_7.png": b"x"}, tmp_path / "set")
    with pytest.raises(DataError, match=r"set/train/happy/Training_7\.png is no picture"):
        read(tmp_path / "set")


def utkface(count=40, **more) -> dict[str, bytes]:
    files = {
        f"UTKFace/{n % 90 + 1}_{n % 2}_{n % 5}_201701161745251{n:02d}.jpg.chip.jpg": encoded(
            np.full((64, 64), n, np.uint8), "jpeg"
        )
        for n in range(count)
    }
    return {**files, **more}


def test_utkface(tmp_path):
    faces = read(write(utkface(), tmp_path), read_utkface)
    assert faces.classes == ("male", "female")
    assert faces.counts().to_dict("list") == {"Training": [16, 16], "PublicTest": [2, 2], "PrivateTest": [2, 2]}
    number = faces.images[:, 0, 0].astype(int)  # the picture knows which it is
    attributes = faces.attributes
    assert (attributes.age == number % 90 + 1).all()
    assert (faces.labels == number % 2).all()
    assert attributes.race[attributes.file.str.startswith("3_0_2")].tolist() == ["Asian"]
    assert attributes.time.dt.date.unique().tolist() == [pd.Timestamp(2017, 1, 16).date()]


def test_utkface_splits_depend_on_names_only(tmp_path):
    folder = read(write(utkface(), tmp_path / "a"), read_utkface)
    archive = read(write_zip(utkface(), tmp_path / "b.zip"), read_utkface)
    assert folder.equals(archive)


def test_a_few_misnamed_files_are_left_out(tmp_path, caplog):
    odd = {"UTKFace/61_1_20170109142408075.jpg.chip.jpg": b"not even a picture"}
    faces = read(write(utkface(**odd), tmp_path), read_utkface)
    assert len(faces) == 40
    assert "1 of 41 names" in caplog.text and "61_1_20170109142408075" in caplog.text
    many = {f"UTKFace/{n}.jpg": b"" for n in range(10)}
    with pytest.raises(DataError, match=r"11 of 51 names .* such as UTKFace/0.jpg"):
        read(write(many, tmp_path), read_utkface)


@pytest.fixture(autouse=True)
def _messages(caplog):
    caplog.set_level(logging.INFO)
