"""Pictures with faces in them: the type, on disk, and in the layouts that they come in."""

import copy
import json
import logging
import pickle
import re

import numpy as np
import pandas as pd
import pytest
from layouts import encoded, few_faces, png, write, write_tar, write_zip

from helpers.datasets import load_scenes, scenes
from helpers.datasets.annotations import Entry, Face
from helpers.faces import Box, DataError, Scenes, store

BOXES = [[(10, 20, 16, 16)], [], [(0, 0, 8, 9), (30, 30, 20, 20)]]


def make(times=1, **changes):
    """Three pictures for each time: one face, none, two."""
    random = np.random.default_rng(1)
    count = 3 * times
    values = {
        "pictures": [random.integers(0, 256, (60, 80, 3), dtype=np.uint8) for _ in range(count)],
        "boxes": BOXES * times,
        "split": ["Training", "PublicTest", "Training"] * times,
        "names": [f"{number}.png" for number in range(count)],
        "attributes": pd.DataFrame({"age": np.arange(3 * times)}),
    }
    return Scenes(**{**values, **changes})


def test_nothing_can_be_changed():
    scenes = make()
    for values in (scenes.boxes, scenes.split, scenes.picture_of, scenes.faces_in_each):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = values[1]
    with pytest.raises(AttributeError, match="cannot be changed"):
        scenes.name = "other"
    with pytest.raises(AttributeError, match="cannot be changed"):
        del scenes.boxes
    table = scenes.attributes
    table.loc[0, "age"] = 99
    assert scenes.attributes.age[0] == 0


def test_the_callers_arrays_stay_the_callers():
    split, boxes = np.array(["Training"]), np.array([[1.0, 2, 3, 4]])
    grey = np.zeros((9, 9), np.uint8)
    scenes = Scenes([grey], [boxes], split)
    split[0], boxes[:], grey[:] = "Test", 7, 7
    assert scenes.split.tolist() == ["Training"]
    assert scenes.boxes_of(0) == [Box(1, 2, 3, 4)] and scenes.picture(0).max() == 0


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_copies_are_equal_and_as_immutable(duplicate):
    twin = duplicate(make(name="mine"))
    assert twin.equals(make()) and twin.name == "mine"
    with pytest.raises(ValueError, match="read-only"):
        twin.boxes[0] = 0


def test_pictures_are_kept_without_loss_and_files_as_they_are():
    grey = few_faces().images[0]
    file = encoded(np.stack([grey] * 3, axis=2), "jpeg")
    scenes = Scenes([grey, file], [[], []], ["Training"] * 2)
    assert (scenes.picture(0) == grey[..., None]).all()
    assert scenes.pictures[1] == file and scenes.names == ("0", "1")


def test_counts():
    counts = make(2).counts()
    assert counts.index.tolist() == ["none", "one", "many"]
    assert counts.to_dict("list") == {"Training": [0, 2, 2], "PublicTest": [2, 0, 0]}
    assert make(2).faces_in_each.tolist() == [1, 0, 2, 1, 0, 2]
    assert make().take([]).counts().empty


def test_take_keeps_everything_of_a_picture_together():
    scenes = make(2)
    for which in ([5, 0, 1], [-1, -6, -5]):
        part = scenes.take(which)
        assert part.names == ("5.png", "0.png", "1.png")
        assert [part.boxes_of(n) for n in range(3)] == [scenes.boxes_of(n) for n in (5, 0, 1)]
        assert part.attributes.age.tolist() == [4, 5, 0]
        assert part.split.tolist() == ["Training", "Training", "PublicTest"]
        assert (part.picture(0) == scenes.picture(5)).all()
    assert scenes.take(scenes.faces_in_each > 1).names == ("2.png", "5.png")
    assert len(scenes.take([])) == 0
    with pytest.raises(DataError, match="2 times true or false for 6 pictures"):
        scenes.take([True, False])
    with pytest.raises(IndexError):
        scenes.take([6])


def test_in_split():
    part = make(2).in_split("PublicTest")
    assert part.names == ("1.png", "4.png") and len(part.boxes) == 0
    with pytest.raises(DataError, match="no scenes in split Test: Scenes"):
        make().in_split("Test")


def test_equals_and_fingerprint_see_every_difference():
    scenes = make()
    assert re.fullmatch("[0-9a-f]{16}", scenes.fingerprint)
    assert scenes.equals(make(name="other"))
    for field in ("pictures", "boxes", "split"):
        changed = {"split": ["Training"] * 3}.get(field, getattr(make(), field)[::-1])
        other = make(**{field: BOXES[::-1] if field == "boxes" else changed})
        assert other.fingerprint != scenes.fingerprint and not scenes.equals(other), field
    for field, value in (("names", "abc"), ("attributes", None)):
        other = make(**{field: value})
        assert other.fingerprint == scenes.fingerprint and not scenes.equals(other), field


@pytest.mark.parametrize(
    "changes, complaint",
    [
        ({"split": ["Training"] * 2}, "3 pictures, boxes for 3, 2 splits"),
        ({"boxes": BOXES[:2]}, "3 pictures, boxes for 2"),
        ({"names": ["a"]}, "1 names for 3 pictures"),
        ({"split": ["Training", "x", "Test"]}, "unknown split 'x'"),
        ({"attributes": pd.DataFrame({"age": [1]})}, "1 rows of attributes for 3 boxes"),
        ({"boxes": [*BOXES[:2], [(0, 0, 8, 9), (3, 4, 0, 5)]]}, "scenes, 2.png: a box of [3.0, 4"),
        ({"boxes": [[(0, 0, np.nan, 5)], *BOXES[1:]]}, "scenes, 0.png: a box of [0.0, 0.0, nan"),
        ({"boxes": [[(0, 0, 5)], *BOXES[1:]]}, "k x 4 numbers, not (1, 3)"),
        ({"boxes": [[0, 0, 5, 5], *BOXES[1:]]}, "k x 4 numbers, not (4,)"),
        ({"pictures": [np.zeros((9, 9))] * 3}, "a picture is uint8"),
        ({"pictures": [np.zeros((9, 9, 2), np.uint8)] * 3}, "not uint8 (9, 9, 2)"),
        ({"pictures": [np.zeros((0, 9), np.uint8)] * 3}, "not uint8 (0, 9)"),
    ],
)
def test_wrong_input_is_named(changes, complaint):
    with pytest.raises(DataError, match=re.escape(complaint)):
        make(**changes)


def test_a_picture_that_does_not_decode_is_named():
    scenes = make(pictures=[b"x", png(few_faces().images[0])[:500], b""], name="set")
    for number, complaint in enumerate(("is no picture", "is cut off or damaged", "is empty")):
        with pytest.raises(DataError, match=f"set, {number}.png {complaint}"):
            scenes.picture(number)


def test_shows_itself():
    scenes = make(2, name="<odd>")
    assert repr(scenes) == "Scenes('<odd>': 6 pictures, 6 faces; none 2, one 2, many 2)"
    shown = scenes._repr_html_()
    assert shown.count("data:image/png;base64,") == 4, "the first few"
    assert "<odd>" not in shown and "&lt;odd&gt;" in shown
    assert 'alt="2.png: 2 faces"' in shown and "6 pictures, 6 faces" in shown
    assert "0 pictures" in make().take([])._repr_html_()
    plain = make(2, boxes=[[]] * 6, attributes=None)._repr_html_()
    assert plain.split("base64,")[1] != shown.split("base64,")[1], "boxes are drawn"


@pytest.mark.parametrize(
    "scenes",
    [
        make(3, name="mine"),
        make(attributes=None),
        make().take([]),
        make(boxes=[[]] * 3, attributes=None),
        make(attributes=pd.DataFrame({"marks": [np.array([1.5, 2.0]), None, np.array([3.0])]})),
    ],
    ids=["many", "bare", "empty", "no faces", "arrays"],
)
def test_comes_back_from_disk(scenes, tmp_path):
    back = store.load_scenes(store.save(scenes, tmp_path / "deep" / "set"))
    assert back.equals(scenes) and back.name == scenes.name
    assert load_scenes(tmp_path / "deep" / "set").equals(scenes)
    assert store.save(scenes, tmp_path / "deep" / "set") and back.equals(scenes)
    assert [entry.name for entry in (tmp_path / "deep").iterdir()] == ["set"]


def test_kinds_are_told_apart_and_damage_is_named(tmp_path):
    store.save(few_faces(), tmp_path / "faces")
    folder = store.save(make(), tmp_path / "scenes")
    with pytest.raises(DataError, match="faces holds Faces, not Scenes"):
        load_scenes(tmp_path / "faces")
    with pytest.raises(DataError, match="scenes holds Scenes, not Faces"):
        store.load(folder)
    (folder / "boxes.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError, match="scenes is damaged, delete it"):
        load_scenes(folder)
    (folder / "boxes.parquet").unlink()
    with pytest.raises(DataError, match=r"boxes\.parquet is missing"):
        load_scenes(folder)


PICTURES = {f"press/{n}.png": png(np.full((40, 60), n, np.uint8)) for n in range(40)}
TABLE = {
    f"{n}.png": {
        "faces": [{"box": [5, 5, 25.5, 30], "age": n, "marks": [n, 0.5]}] * (n % 2)
        + [{"box": [-9, 3, 12, 60]}] * (n % 4 > 2)
    }
    for n in range(40)
}


def annotated(**changes) -> dict[str, bytes]:
    """Files of the set, with some entries of its table replaced."""
    table = {**TABLE, **{f"{name.strip('_')}.png": entry for name, entry in changes.items()}}
    return {**PICTURES, "annotations.json": json.dumps(table).encode()}


LAYOUTS = {
    "folder": lambda files, path: write(files, path / "set"),
    "zip": lambda files, path: write_zip(files, path / "set.zip"),
    "tar": lambda files, path: write_tar(files, path / "set.tar"),
    "wrapped": lambda files, path: write({f"a/{n}": files[n] for n in files}, path / "set"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_equal_scenes(layout, tmp_path):
    found = load_scenes(LAYOUTS[layout](annotated(), tmp_path))
    assert found.names == tuple(sorted(TABLE)) and found.name.startswith("set")
    assert found.pictures == tuple(PICTURES[f"press/{name}"] for name in found.names)
    at = found.names.index("3.png")
    assert found.boxes_of(at) == [Box(5, 5, 20.5, 25), Box(-9, 3, 21, 57)]
    assert found.boxes_of(found.names.index("2.png")) == []
    about = found.attributes[found.picture_of == at]
    assert about.age.tolist()[0] == 3 and about.marks.iloc[0].tolist() == [3, 0.5]
    assert about.age.isna().tolist() == [False, True]
    assert found.counts().to_dict("list") == {"Training": [16, 8, 8], "PublicTest": [2, 1, 1], "PrivateTest": [2, 1, 1]}
    assert found.equals(load_scenes(LAYOUTS["folder"](annotated(), tmp_path / "again")))
    assert load_scenes(store.save(found, tmp_path / "stored")).equals(found)


def test_pictures_without_an_entry_are_left_out(tmp_path, caplog):
    caplog.set_level(logging.WARNING)
    files = annotated() | {"more/x.png": b"never looked at", "notes.txt": b""}
    assert len(load_scenes(write(files, tmp_path / "set"))) == 40
    assert "set: 1 pictures are not in annotations.json: left out" in caplog.text


def test_boxes_are_of_the_picture_as_it_is_seen(tmp_path):
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6  # on its side: 60 x 40 is seen as 40 x 60
    files = annotated(_0={"faces": [{"box": [10, 45, 30, 55]}]})
    files["press/0.png"] = encoded(np.zeros((40, 60), np.uint8), "png", exif=exif)
    found = load_scenes(write(files, tmp_path / "set"))
    assert found.picture(0).shape == (60, 40, 3)
    assert found.boxes_of(0) == [Box(10, 45, 20, 10)]


def of(box) -> dict:
    return annotated(_7={"faces": [{"box": [1, 1, 5, 5]}, {"box": box}]})


ONE = PICTURES["press/0.png"]


@pytest.mark.parametrize(
    "files, complaint",
    [
        (PICTURES, "set holds no scenes: looked for FDDB"),
        (annotated() | {"annotations.json": b"{"}, "set/annotations.json is no JSON"),
        (annotated() | {"annotations.json": b"[1]"}, "set/annotations.json must be of the form"),
        (annotated() | {"annotations.json": b'{"0.png": [1]}'}, "must be of the form"),
        (annotated() | {"annotations.json": b"{}"}, "set/annotations.json names no pictures"),
        (annotated() | {"b/annotations.json": b"{}"}, "annotations.json and b/annotations.json"),
        (annotated(_77={"faces": []}), "set, 77.png: the picture is missing"),
        (annotated() | {"b/7.png": ONE}, "set, 7.png: the picture could be b/7.png or press/7.png"),
        (annotated() | {"press/7.png": b"x"}, "set, 7.png is no picture"),
        (annotated() | {"press/7.png": b""}, "set, 7.png is no picture"),
        (annotated(_7={}), 'set, 7.png: annotations.json must give it a list "faces", not None'),
        (annotated(_7={"faces": [3]}), "set, 7.png, face 1: a box is four numbers"),
        (annotated(_7={"faces": [{}]}), "set, 7.png, face 1: a box is four numbers"),
        (of([1, 2, 3]), "set, 7.png, face 2: a box is four numbers, [left, top, right, bottom]"),
        (of([1, 2, 3, 4, 5]), "set, 7.png, face 2: a box is four numbers"),
        (of([1, 2, 3, "x"]), "set, 7.png, face 2: a box is four numbers"),
        (of([[1, 2], [3, 4]]), "set, 7.png, face 2: a box is four numbers"),
        (of(7), "set, 7.png, face 2: a box is four numbers"),
        (of([5, 5, 5, 9]), "set, 7.png, face 2: the box [5, 5, 5, 9] has no size"),
        (of([5, 9, 8, 2]), "set, 7.png, face 2: the box [5, 9, 8, 2] has no size"),
        (of([5, 5, float("nan"), 9]), "face 2: the box [5, 5, nan, 9] has no size"),
        (of([60, 0, 70, 10]), "the box [60, 0, 70, 10] is outside the picture of 60 x 40"),
        (of([0, -9, 10, 0]), "face 2: the box [0, -9, 10, 0] is outside"),
    ],
)
def test_broken_sets_are_named(files, complaint, tmp_path):
    with pytest.raises(DataError, match=re.escape(complaint)):
        load_scenes(write(files, tmp_path / "set"))


def test_a_place_that_holds_nothing_is_named(tmp_path):
    with pytest.raises(DataError, match="nowhere does not exist"):
        load_scenes(tmp_path / "nowhere")
    (tmp_path / "notes.txt").write_text("hi")
    with pytest.raises(DataError, match=r"notes\.txt holds no scenes"):
        load_scenes(tmp_path / "notes.txt")
    archive = write_tar(annotated(), tmp_path / "set.tar")
    archive.write_bytes(archive.read_bytes()[:5000])
    with pytest.raises(DataError, match=r"set\.tar cannot be read"):
        load_scenes(archive)


def test_another_layout_is_one_entry(tmp_path, monkeypatch):
    entry = Entry("1.png", [Face((1, 2, 3, 4), "a.odd")])
    layout = scenes.Layout(lambda tree: "a.odd" in tree.names, lambda tree: {"a.odd": [entry]})
    monkeypatch.setitem(scenes.LAYOUTS, "odd", layout)
    found = load_scenes(write({"a.odd": b"", "1.png": ONE}, tmp_path))
    assert found.boxes_of(0) == [Box(1, 2, 3, 4)] and found.names == ("1.png",)
