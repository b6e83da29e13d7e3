"""Boxes that are written in a layout come back as they were; broken files are named, whatever is wrong with them."""

import io
import json
import logging
import math
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from layouts import encoded, png, write, write_tar, write_zip

from helpers.datasets import load_scenes, scenes
from helpers.datasets.annotations import scenes_of
from helpers.datasets.scenes import load_backgrounds
from helpers.datasets.trees import FileTree
from helpers.faces import DataError

SIDES = (60, 40)
PICTURE = png(np.zeros(SIDES[::-1], np.uint8))


def read(files: dict[str, bytes]):
    """Load a set from memory, as from a folder."""
    tree = FileTree("set", tuple(sorted(files)), lambda name: io.BytesIO(files[name]), {})
    layout = next((one for one in scenes.LAYOUTS.values() if one.detects(tree)), None)
    if layout is None:
        raise DataError("no scenes")
    return scenes_of(tree, layout.reads(tree), progress=False)


def named(boxes_of: dict, folder: str = "", ending: str = ".png") -> dict[str, bytes]:
    return {f"{folder}{name}{ending}": PICTURE for name in boxes_of}


def fddb(boxes_of: dict) -> dict[str, bytes]:
    lines = []
    for name, boxes in boxes_of.items():
        lines += [f"2002/{name}", str(len(boxes))]
        lines += [f"{h / 2!r} {w / 2!r} {math.pi / 2!r} {x + w / 2!r} {y + h / 2!r}  1" for x, y, w, h in boxes]
    return named(boxes_of, "originalPics/2002/") | {"folds/FDDB-fold-01-ellipseList.txt": "\n".join(lines).encode()}


def wider(boxes_of: dict) -> dict[str, bytes]:
    lines = []
    for name, boxes in boxes_of.items():
        lines += [f"0--Parade/{name}.png", str(len(boxes))]
        lines += [f"{x!r} {y!r} {w!r} {h!r} 2 0 1 0 1 0 " for x, y, w, h in boxes] or ["0 0 0 0 0 0 0 0 0 0 "]
    text = "\r\n".join([*lines, ""])
    folder = "WIDER_val/images/0--Parade/"
    return named(boxes_of, folder) | {"wider_face_split/wider_face_val_bbx_gt.txt": text.encode()}


def coco(boxes_of: dict, **changes) -> dict[str, bytes]:
    table = {
        "info": {"year": 2024},
        "images": [
            {"id": n, "file_name": f"{name}.png", "width": SIDES[0], "height": SIDES[1]}
            for n, name in enumerate(boxes_of, 5)
        ],
        "annotations": [
            {"id": 10 * n + k, "image_id": n, "category_id": 2, "bbox": box, "iscrowd": 0, "blur": 1}
            for n, boxes in enumerate(boxes_of.values(), 5)
            for k, box in enumerate(boxes)
        ],
        "categories": [{"id": 1, "name": "hat"}, {"id": 2, "name": "face"}],
    }
    return named(boxes_of, "train2017/") | {"annotations/a.json": json.dumps({**table, **changes}).encode()}


def yolo(boxes_of: dict) -> dict[str, bytes]:
    files = named(boxes_of, "images/train/")
    for name, boxes in boxes_of.items():
        rows = [((x + w / 2) / SIDES[0], (y + h / 2) / SIDES[1], w / SIDES[0], h / SIDES[1]) for x, y, w, h in boxes]
        files[f"labels/train/{name}.txt"] = "\n".join(f"1 {' '.join(map(repr, row))}" for row in rows).encode()
    return files | {"data.yaml": b"train: images/train\nnames:\n  0: hat\n  1: face\n"}


def voc_file(name: str, boxes: list, size: tuple = SIDES, more: str = "") -> bytes:
    objects = "".join(
        f"<object><name>face</name><difficult>1</difficult><bndbox><xmin>{x + 1!r}</xmin><ymin>{y + 1!r}</ymin>"
        f"<xmax>{x + w!r}</xmax><ymax>{y + h!r}</ymax></bndbox></object>"
        for x, y, w, h in boxes
    )
    stated = f"<size><width>{size[0]}</width><height>{size[1]}</height><depth>3</depth></size>"
    return f"<annotation><filename>{name}.png</filename>{stated}{objects}{more}</annotation>".encode()


def voc(boxes_of: dict) -> dict[str, bytes]:
    files = {f"Annotations/{name}.xml": voc_file(name, boxes) for name, boxes in boxes_of.items()}
    lists = {"ImageSets/Main/train.txt": "\n".join(boxes_of).encode()}
    return named(boxes_of, "JPEGImages/") | files | lists


FORMATS = {"fddb": fddb, "wider": wider, "coco": coco, "yolo": yolo, "voc": voc}
BOXES = {"a1": [(5.0, 6.0, 20.5, 10.0), (30.0, 2.0, 8.0, 9.0)], "b2": [], "c3": [(0.0, 0.0, 60.0, 40.0)]}

_box = st.tuples(st.floats(-0.4, 0.9), st.floats(-0.4, 0.9), st.floats(0.02, 1), st.floats(0.02, 1)).filter(
    lambda box: box[0] + box[2] / 2 > 0 and box[1] + box[3] / 2 > 0 and box[0] + box[2] / 2 < 1 > box[1] + box[3] / 2
)
_pixels = _box.map(lambda box: tuple(share * side for share, side in zip(box, SIDES * 2, strict=True))).filter(
    lambda box: box[0] + box[2] > 0.1 and box[1] + box[3] > 0.1
)
_sets = st.dictionaries(st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True), st.lists(_pixels, max_size=3), min_size=1)


@pytest.mark.parametrize("write_as", FORMATS.values(), ids=FORMATS)
@settings(max_examples=40, deadline=None)
@given(_sets)
def test_boxes_come_back(write_as, boxes_of):
    found = read(write_as(boxes_of))
    by_name = {name.rsplit("/", 1)[-1].removesuffix(".png"): n for n, name in enumerate(found.names)}
    assert by_name.keys() == boxes_of.keys()
    for name, boxes in boxes_of.items():
        there = np.array([box[:4] for box in found.boxes_of(by_name[name])]).reshape(-1, 4)
        assert np.allclose(there, np.reshape(boxes, (-1, 4)), atol=1e-6)
    assert set(found.split) == {"PublicTest" if write_as is wider else "Training"}


_junk = st.one_of(
    st.binary(max_size=12),
    st.sampled_from(
        [b"", b"\n", b"0", b"-1", b"1e400", b"nan", b"9" * 5000, b"<!DOCTYPE x>", b"[" * 9000, b"\xff\xfe"]
    ),
)


@pytest.mark.parametrize("write_as", [*FORMATS.values()], ids=FORMATS)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_spoilt_files_raise_nothing_but_data_errors(write_as, data):
    files = write_as(BOXES)
    name = data.draw(st.sampled_from([name for name in sorted(files) if not name.endswith(".png")]))
    first, last = sorted(data.draw(st.tuples(*[st.integers(0, len(files[name]))] * 2)))
    if data.draw(st.booleans()):
        last = first
    files[name] = files[name][:first] + data.draw(_junk) + files[name][last:]
    try:
        read(files)
    except DataError as error:
        assert str(error)


@pytest.mark.parametrize("write_as", FORMATS.values(), ids=FORMATS)
def test_folders_and_archives_are_alike(write_as, tmp_path):
    files = write_as(BOXES)
    one = load_scenes(write(files, tmp_path / "set"))
    for other in (write_zip(files, tmp_path / "set.zip"), write_tar(files, tmp_path / "set.tar")):
        assert load_scenes(other).equals(one)
    assert len(one.boxes) == 3 and one.picture(0).shape == (40, 60, 3)
    assert load_scenes(write({f"in/{name}": files[name] for name in files}, tmp_path / "deep")).equals(one)


def test_a_turned_ellipse_becomes_the_box_around_it():
    files = fddb({"a": []})
    turned = 50.0, 20.0, math.radians(30), 30.0, 20.0
    files["folds/FDDB-fold-01-ellipseList.txt"] = f"2002/a\n1\n{' '.join(map(str, turned))} 1\n".encode()
    found = read(files)
    way = np.linspace(0, 2 * np.pi, 100_000)
    across = 50 * np.cos(way) * np.cos(turned[2]) - 20 * np.sin(way) * np.sin(turned[2])
    down = 50 * np.cos(way) * np.sin(turned[2]) + 20 * np.sin(way) * np.cos(turned[2])
    edges = [30 + across.min(), 20 + down.min(), np.ptp(across), np.ptp(down)]
    assert np.allclose(found.boxes[0], edges, atol=1e-3)
    assert found.attributes.to_dict("records") == [{"major": 50.0, "minor": 20.0, "angle": turned[2]}]


def test_fddb_has_its_folds_for_splits():
    first, last = fddb({"a": BOXES["a1"]}), fddb({"b": BOXES["a1"]})
    last["FDDB-fold-10-ellipseList.txt"] = last.pop("folds/FDDB-fold-01-ellipseList.txt")
    assert read(first | last).split.tolist() == ["PrivateTest", "Training"]


def test_wider_has_two_parts_and_boxes_without_a_size(caplog):
    train = {name.replace("val", "train"): data for name, data in wider({"t1": BOXES["a1"]}).items()}
    val = wider({"v1": [(5.0, 6.0, 20.0, 10.0), (7.0, 8.0, 0.0, 0.0)]})
    found = read(train | val)
    assert dict(zip(found.names, found.split, strict=True)) == {
        "0--Parade/t1.png": "Training",
        "0--Parade/v1.png": "PublicTest",
    }
    assert found.faces_in_each.tolist() == [2, 1] and "set: 1 boxes have no size: left out" in caplog.text
    assert found.attributes.blur.tolist() == [2, 2, 2] and "pose" in found.attributes
    only = read({name: data for name, data in (train | val).items() if "WIDER_train" not in name})
    assert only.names == ("0--Parade/v1.png",)
    assert "wider_face_train_bbx_gt.txt: none of its 1 pictures is there: left out" in caplog.text


def test_cocos_crowds_and_other_categories_do_not_count():
    changes = json.loads(coco(BOXES)["annotations/a.json"])
    changes["annotations"][0]["category_id"] = 1
    changes["annotations"][1]["iscrowd"] = 1
    found = read(coco(BOXES, **changes))
    assert found.faces_in_each.tolist() == [0, 0, 1] and found.attributes.blur.tolist() == [1]
    only = [{"id": 2, "name": "person"}]
    assert read(coco(BOXES, categories=only)).faces_in_each.tolist() == [2, 0, 1]


def test_annotations_json_may_be_cocos():
    files = coco(BOXES)
    files["annotations.json"] = files.pop("annotations/a.json")
    assert len(read(files).boxes) == 3


def test_splits_are_those_of_files_or_folders():
    files = {}
    for part in ("train", "valid", "test"):
        table = coco({"same": BOXES["a1"]})["annotations/a.json"]
        files |= {f"{part}/same.png": PICTURE, f"{part}/_annotations.coco.json": table}
    assert sorted(read(files).split) == ["PrivateTest", "PublicTest", "Training"]
    files = {name.replace("train", part): d for part in ("train", "val") for name, d in yolo(BOXES).items()}
    files["data.yaml"] = b"names: [hat, face]"
    assert sorted(read(files).split) == ["PublicTest"] * 3 + ["Training"] * 3
    files = voc({f"n{n}": BOXES["a1"] for n in range(20)})
    del files["ImageSets/Main/train.txt"]
    assert read(files).counts().loc["many"].tolist() == [16, 2, 2]


def test_yolo_beside_the_pictures_and_bare_pictures(caplog):
    files = {name.rsplit("/", 1)[-1]: data for name, data in yolo(BOXES).items()}
    files["classes.txt"] = b"hat\nface\n"
    found = read(files | {"d4.png": PICTURE})
    assert found.names == ("a1.png", "b2.png", "c3.png", "d4.png") and found.faces_in_each.tolist() == [2, 0, 1, 0]
    assert "set: 1 pictures have no text file: they count as pictures without faces" in caplog.text


def test_backgrounds_have_no_faces(tmp_path):
    files = {"a.png": PICTURE, "b/a.png": PICTURE, "notes.txt": b""}
    found = load_backgrounds(write(files, tmp_path / "set"))
    assert len(found) == 2 and not len(found.boxes)
    with pytest.raises(DataError, match="no pictures"):
        load_backgrounds(write({"notes.txt": b""}, tmp_path / "none"))


def swap(write_as, old: str, new: str, where: str = "") -> dict[str, bytes]:
    """Replace a text in the annotations of a set."""
    files = write_as(BOXES)
    changed = {
        name: data.replace(old.encode(), new.encode())
        for name, data in files.items()
        if not name.endswith(".png") and where in name
    }
    assert any(changed[name] != files[name] for name in changed)
    return files | changed


def without(write_as, name: str) -> dict[str, bytes]:
    return {file: data for file, data in write_as(BOXES).items() if not file.endswith(name)}


def emptied(write_as, name: str, content: bytes = b"") -> dict[str, bytes]:
    return {file: content if file.endswith(name) else data for file, data in write_as(BOXES).items()}


SIDEWAYS = encoded(np.zeros(SIDES[::-1], np.uint8).T)

HATS = {"Annotations/c3.xml": swap(voc, ">face<", ">hat<")["Annotations/c3.xml"]}

PROBLEMS = [
    (without(fddb, "c3.png"), "set, 2002/c3: the picture is missing"),
    (emptied(fddb, ".txt"), "set/folds/FDDB-fold-01-ellipseList.txt is empty"),
    (swap(fddb, "\n2\n", "\n3\n"), "line 1: 2002/a1 has 3 faces by its count, but 2 lines for them"),
    (swap(fddb, "\n2\n", "\n1\n"), "line 4: a name is wanted, not"),
    (swap(fddb, "\n2\n", "\ntwo\n"), "the next line must say how many faces 2002/a1 has, not 'two'"),
    (swap(fddb, "\n0\n", "\n0\n2002/d4\n"), "line 7: the next line must say how many faces"),
    (swap(fddb, "  1\n", "\n"), "line 3: a face is major minor angle x y one, not"),
    (swap(fddb, "5.0", "5.x"), "line 3: '5.x' is no number"),
    (swap(wider, "5.0 6.0", "nan 6.0"), "line 3: 'nan' is no number"),
    (swap(wider, "5.0 6.0", "60 6.0"), "line 3: the box [60, 6, 80.5, 16] is outside the picture of 60 x 40"),
    (swap(wider, "5.0 6.0", "-20.5 6.0"), "line 3: the box [-20.5, 6, 0, 16] is outside the picture of 60 x 40"),
    (swap(wider, "c3.png", "a1.png"), "0--Parade/a1.png: the picture is annotated twice"),
    (swap(wider, "Parade", "Riot"), "set, 0--Riot/a1.png: the picture is missing"),
    (emptied(coco, ".json", b'{"images": ['), "set/annotations/a.json is no JSON"),
    (coco(BOXES, annotations=3), 'a.json must have a list "annotations" of objects'),
    (coco(BOXES, images=[]), "set/annotations/a.json names no pictures"),
    (coco(BOXES, categories=[{"id": n, "name": f"c{n}"} for n in (1, 2)]), 'none of its 2 classes is called "face"'),
    (swap(coco, "[5.0, 6.0, 20.5", "[5.0, 20.5"), "annotation 50: a bbox is four numbers"),
    (swap(coco, "[5.0", "[null"), "annotation 50: None is no number"),
    (swap(coco, "[5.0", "[1" + "0" * 400), "is no number"),
    (swap(coco, "20.5", "0"), "annotation 50: the box [5, 6, 5, 16] has no size"),
    (swap(coco, '"width": 60', '"width": 61'), "set, a1.png has 60 x 40 pixels, not 61 x 40 as stated"),
    (swap(coco, '"image_id": 5', '"image_id": 99'), "annotation 50: there is no image 99"),
    (swap(coco, '"category_id": 2', '"category_id": 9'), "annotation 50: there is no category 9"),
    (swap(coco, '"file_name"', '"name"'), 'image 5: a "file_name" is missing'),
    (swap(coco, '{"id": 6, "file', '{"id": 5, "file'), "two images have the same id"),
    (without(coco, "a1.png"), "set, a1.png: the picture is missing"),
    (without(yolo, "c3.png"), "set/labels/train/c3.txt: the picture that it is for is missing"),
    (emptied(yolo, "a1.txt", b"1 30 20 10 10"), "a1.txt, line 1: 30 20 10 10 are not shares of width and height"),
    (emptied(yolo, "a1.txt", b"\n1 .5 .5 .1 x"), "a1.txt, line 2: 'x' is no number"),
    (emptied(yolo, "a1.txt", b"1 .5 .5 .1 .1 .9 .9"), "line 1: a face is class, middle x, middle y, width, height"),
    (emptied(yolo, "a1.txt", b"1 .5 .5 0 .1"), "line 1: the box [30, 18, 30, 22] has no size"),
    (emptied(yolo, "a1.txt", b"1.5 .5 .5 .1 .1"), "line 1: '1.5' is no number of a class"),
    (emptied(yolo, "a1.txt", b"7 .5 .5 .1 .1"), "set: there is a face of class 7, and no name for it"),
    (emptied(yolo, "data.yaml", b"names: [hat, {"), "set/data.yaml cannot be read"),
    (emptied(yolo, "data.yaml", b"names: [hat, cap]"), 'none of its 2 classes is called "face": cap, hat'),
    (emptied(voc, "a1.xml"), "set/Annotations/a1.xml is empty"),
    (emptied(voc, "b2.xml", b"<annotation>"), "set/Annotations/b2.xml is no XML that is read here"),
    (emptied(voc, "b2.xml", b"<!DOCTYPE annotation><annotation/>"), "it has a DOCTYPE, delete that line"),
    (swap(voc, "<xmin>6.0", "<xmin>six"), "set/Annotations/a1.xml: 'six' is no number"),
    (swap(voc, "<xmin>6.0</xmin>", ""), "set/Annotations/a1.xml: '' is no number"),
    (swap(voc, "<width>60", "<width>70", "a1"), "set, a1.png has 60 x 40 pixels, not 70 x 40 as stated"),
    (swap(voc, ">face<", ">cap<", "a1") | HATS, 'none of its 2 classes is called "face": cap, hat'),
    (without(voc, "a1.png"), "set, a1.png: the picture is missing"),
    (voc(BOXES) | {"JPEGImages/a1.png": SIDEWAYS}, "set, a1.png has 40 x 60 pixels, not 60 x 40 as stated"),
    (voc(BOXES) | {"JPEGImages/a1.png": b"x"}, "set, a1.png is no picture"),
]


@pytest.mark.parametrize("files, complaint", PROBLEMS)
def test_what_is_wrong_is_named(files, complaint):
    with pytest.raises(DataError, match=re.escape(complaint)):
        read(files)


def test_entities_are_never_expanded():
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><annotation><filename>&b;</filename></annotation>'
    for data in (bomb, b'<?xml version="1.0" encoding="utf-16"?>' + bomb.decode().encode("utf-16")):
        with pytest.raises(DataError):
            read(voc(BOXES) | {"Annotations/a1.xml": data})


def test_a_part_of_the_pictures_left_out_is_told(caplog):
    caplog.set_level(logging.WARNING)
    assert len(read(voc(BOXES) | {"JPEGImages/z.png": PICTURE})) == 3
    assert "set: 1 pictures are not in XML files: left out" in caplog.text
