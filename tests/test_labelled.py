"""Other people's sets, each in the layout in which people download it: a few rendered faces in small trees."""

import io
import logging

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layouts import encoded, png, write, write_tar, write_zip

from helpers.datasets import load_faces
from helpers.datasets.labelled import read_labelled
from helpers.datasets.trees import open_tree
from helpers.faces import DataError
from helpers.rendering import rendered_faces


@pytest.fixture(scope="module")
def pictures():
    return list(rendered_faces((10, 2, 2), progress=False, cache=False).images)


def load(files, folder):
    return load_faces(write(files, folder), cache=False, progress=False)


def said(faces):
    """What each file shows, as it was read."""
    return {file: faces.classes[label] for file, label in zip(faces.attributes["file"], faces.labels, strict=True)}


def npy(value):
    file = io.BytesIO()
    np.save(file, np.array(value))
    return file.getvalue()


def test_rafdb(pictures, tmp_path):
    """Counts from 1, in an order of its own; the pictures are the aligned ones."""
    files = {
        f"Image/aligned/{n}_aligned.jpg": encoded(p, "jpeg")
        for n, p in zip(["train_1", "test_2"], pictures, strict=False)
    }
    faces = load(files | {"EmoLabel/list_patition_label.txt": b"train_1.jpg 5\ntest_2.jpg 1\n"}, tmp_path)
    assert list(said(faces).values()) == ["sad", "surprise"] and faces.split.tolist() == ["Training", "Test"]


def test_the_copy_of_rafdb_with_numbered_folders(pictures, tmp_path):
    files = {f"DATASET/train/{n}/train_{n}_aligned.jpg": png(p) for n, p in zip([1, 4, 7], pictures, strict=False)}
    table = "image,label\n" + "".join(f"train_{n}_aligned.jpg,{n}\n" for n in (1, 4, 7))
    assert list(said(load(files | {"train_labels.csv": table.encode()}, tmp_path)).values()) == [
        "surprise", "happy", "neutral",
    ]  # fmt: skip


def test_affectnet_by_annotation(pictures, tmp_path, caplog):
    files = {f"val_set/images/{n}.jpg": png(p) for n, p in enumerate(pictures[:3])}
    files |= {f"val_set/annotations/{n}_exp.npy": npy(str(v)) for n, v in enumerate((7, 2, 8))}
    files |= {f"val_set/annotations/{n}_val.npy": npy("0.5") for n in range(3)}
    with caplog.at_level(logging.WARNING):
        faces = load(files, tmp_path)
    assert list(said(faces).values()) == ["contempt", "sad"] and "1 of 3 pictures show no expression" in caplog.text


def test_affectnet_by_table_cuts_the_face_out(pictures, tmp_path):
    scene = np.full((100, 120), 200, np.uint8)
    scene[30:78, 50:98] = pictures[0]
    head = "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,valence,arousal"
    row = "1/a.png,50,30,48,48,1;2,3,-0.9,0.1"
    faces = load({"Manually/1/a.png": png(scene), "training.csv": f"{head}\n{row}\n".encode()}, tmp_path)
    np.testing.assert_array_equal(faces.images[0], pictures[0])
    assert faces.classes == ("surprise",) and faces.attributes["valence"].tolist() == [-0.9]


def test_expw_cuts_the_face_out(pictures, tmp_path):
    scene = np.full((100, 120), 200, np.uint8)
    scene[30:78, 50:98] = pictures[0]
    rows = "a.png 0 30 50 98 78 44.5 3\na.png 1 0 0 40 40 9.1 6\n"
    faces = load({"image/origin/a.png": png(scene), "label/label.lst": rows.encode()}, tmp_path)
    np.testing.assert_array_equal(faces.images[0], pictures[0])
    assert [faces.classes[label] for label in faces.labels] == ["happy", "neutral"]
    with pytest.raises(DataError, match=r"a\.png: the box 500, 30, 600, 78 lies outside its 120 x 100 pixels"):
        load({"label/label.lst": b"a.png 0 30 500 600 78 44.5 3\n"}, tmp_path)


def test_ckplus_sequences(pictures, tmp_path):
    names = [f"S005/001/S005_001_{n:08d}" for n in (1, 2, 3)] + ["S010/002/S010_002_00000001"]
    files = {f"cohn-kanade-images/{name}.png": png(p) for name, p in zip(names, pictures, strict=False)}
    files["Emotion/S005/001/S005_001_00000003_emotion.txt"] = b"   3.0000000e+00\n"
    faces = load(files, tmp_path)
    assert {file[-5]: word for file, word in said(faces).items()} == {"1": "neutral", "3": "disgust"}
    assert faces.attributes["person"].tolist() == ["S005", "S005"] and len(set(faces.split)) == 1


def test_ckplus_as_folders(pictures, tmp_path):
    folders = ("anger", "contempt", "happy")
    files = {f"CK+48/{word}/S010_004_{n}.png": png(pictures[n]) for n, word in enumerate(folders)}
    faces = load(files, tmp_path)
    assert faces.classes == ("angry", "happy", "contempt") and sorted(said(faces).values()) == sorted(faces.classes)


def test_mma(pictures, tmp_path):
    files = {f"MMAFEDB/{split}/{word}/1.jpg": png(pictures[0]) for split in ("train", "valid", "test") for word in
             ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")}  # fmt: skip
    faces = load(files, tmp_path)
    assert faces.counts().to_numpy().tolist() == [[1, 1, 1]] * 7


@pytest.mark.parametrize("pattern", ["{p}.{c}1.39.tiff", "{p}-{c}1.39.png"])
def test_jaffe(pictures, tmp_path, pattern):
    codes = {
        "AN": "angry",
        "DI": "disgust",
        "FE": "fear",
        "HA": "happy",
        "SA": "sad",
        "SU": "surprise",
        "NE": "neutral",
    }
    names = {pattern.format(p=person, c=code): word for code, word in codes.items() for person in ("KA", "YM")}
    faces = load(
        {f"jaffe/{name}": encoded(pictures[0], name[-4:].strip(".")) for name in names} | {"README": b""}, tmp_path
    )
    assert said(faces) == {f"jaffe/{name}": word for name, word in names.items()}
    assert all(len(set(faces.split[(faces.attributes["person"] == p).to_numpy()])) == 1 for p in ("KA", "YM"))


def test_kdef(pictures, tmp_path):
    codes = {
        "AF": "fear",
        "AN": "angry",
        "DI": "disgust",
        "HA": "happy",
        "NE": "neutral",
        "SA": "sad",
        "SU": "surprise",
    }
    names = {f"AF01/AF01{code}{view}.JPG": word for code, word in codes.items() for view in ("S", "HL", "FR")}
    tall = np.pad(pictures[0], ((12, 12), (0, 0)))
    faces = load_faces(
        write_zip({name: png(tall) for name in names}, tmp_path / "KDEF.zip"), cache=False, progress=False
    )
    assert said(faces) == names and set(faces.attributes["view"]) == {"S", "HL", "FR"}
    assert set(faces.attributes["sex"]) == {"female"} and set(faces.attributes["person"]) == {"F01"}
    np.testing.assert_array_equal(faces.images[0], pictures[0])


def test_a_table_of_labels(pictures, tmp_path):
    table = "﻿Image, Expression, person\na.png,Happiness,3\nsub/b.png,calm,4\n".encode()
    files = {"faces/a.png": png(pictures[0]), "faces/sub/b.png": png(pictures[1]), "labels.csv": table}
    archive = write_tar(files, tmp_path / "set.tar")
    faces = load_faces(archive, cache=False, progress=False)
    assert said(faces) == {"faces/a.png": "happy", "faces/sub/b.png": "neutral"}
    assert faces.attributes["person"].tolist() == [3, 4]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"labels.csv": b"image,label\na.png,happy\nb.png,sad\n"}, "row 3: 'b.png': there is no such picture"),
        ({"labels.csv": b"image,label\na.png,\n"}, "labels.csv, row 2: the column 'label' is empty"),
        ({"labels.csv": b"image,label\n../../a.png,sad\n"}, None),
        ({"labels.csv": b"image,label\n"}, "looks like table of labels, but no label in it has a picture"),
        ({"labels.csv": b'image,label\n"a.png,sad\n'}, "labels.csv"),
        ({"a.png": b"no picture", "labels.csv": b"image,label\na.png,sad\n"}, "a.png is no picture"),
        ({"list_patition_label.txt": b"a.png 8\n"}, "row 1: the expression is '8', it must be 0 to 7"),
        ({"list_patition_label.txt": b"a.png 0\n"}, "row 1: the expression is '0', it must be 1 to 7"),
        ({"list_patition_label.txt": b"a.png five six\n"}, "row 1: a picture and a number are needed"),
        ({"label.lst": b"a.png 0 1 2 3 x 5 6\n"}, "label.lst, row 1: could not convert"),
        ({"annotations/0_exp.npy": b"\x80"}, "0_exp.npy holds no number"),
        ({"annotations/0_exp.npy": npy("2")}, "0_exp.npy has no picture in images/"),
        ({"S1/S1_1_3_emotion.txt": b"9.0"}, "the expression is '9.0', it must be 0 to 7"),
        ({"x/a.png": b"", "labels.csv": b"image,label\na.png,sad\n"}, "'a.png': 2 pictures are called so"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(pictures, tmp_path, files, message):
    files = {"a.png": png(pictures[0])} | files
    folder = write(files, tmp_path)
    if message is None:  # the name of a file is what counts: nothing outside is read
        assert load_faces(folder, cache=False, progress=False).classes == ("sad",)
        return
    with pytest.raises(DataError) as caught:
        load_faces(folder, cache=False, progress=False)
    assert message in str(caught.value)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=80) | st.text(max_size=60).map(lambda text: f"image,label\n{text}".encode()))
def test_any_table_is_read_or_refused(tmp_path_factory, data):
    folder = write({"a.png": png(np.zeros((48, 48), np.uint8)), "labels.csv": data}, tmp_path_factory.mktemp("any"))
    with open_tree(folder) as tree:
        try:
            assert len(read_labelled(tree)) > 0
        except DataError as error:
            assert str(error)
