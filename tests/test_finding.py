"""Detectors of faces: maps, canvases, losses, training, export, and the finder that runs them."""

import json
from dataclasses import replace

import keras
import numpy as np
import pytest

from helpers.config import SHIPPED
from helpers.evaluation import found_faces
from helpers.faces import DataError, Scenes
from helpers.faces.boxes import Box, intersection_over_union
from helpers.faces.detection_maps import CHANNELS, STRIDE, TARGETS, decode, encode, merge
from helpers.faces.one_box import decode_largest, encode_largest
from helpers.faces.pictures import to_grey
from helpers.rendering import rendered_scenes
from helpers.training.composing import Recipe

SMALL = {"widths": (8, 16, 24, 32, 32), "blocks": (0, 1, 1, 1), "top": 24}
EASY = Recipe(size=96, kinds=(0.1, 0.0, 0.0, 0.9), widths=(28, 60), turns=((1.0, 10),), groups=0.0)


@pytest.fixture(scope="module")
def scenes():
    return rendered_scenes((120, 24, 24), seed=3, size=(128, 128), cache=False, progress=False)


def as_told(targets: np.ndarray) -> np.ndarray:
    """The map that a perfect detector would tell."""
    cells = np.zeros((*targets.shape[:2], len(CHANNELS)))
    peak = np.clip(targets[..., 0], 1e-6, 1 - 1e-6)
    cells[..., 0], cells[..., 1:] = np.log(peak / (1 - peak)), targets[..., 2:]
    return cells


@pytest.mark.parametrize("turn", [-170, -45, 0, 30, 90])
def test_a_map_says_where_faces_are_and_how_they_are_turned(turn):
    faces = np.array([[20.0, 30, 60, 80, turn, 1], [120, 90, 14, 18, 0, 1], [150, 10, 40, 60, 0, 0.1]])
    found = decode(as_told(encode(faces, (192, 192))), 0.5)
    assert len(found) == 2  # the third hardly shows
    overlap = intersection_over_union(found, faces[:2])
    assert overlap.diagonal() == pytest.approx([1, 1], abs=1e-5)
    assert found[0].angle == pytest.approx(turn, abs=1e-3)


def test_a_face_that_hardly_shows_counts_neither_way():
    cells = encode(np.array([[64.0, 64, 40, 40, 0, 0.2]]), (192, 192))
    assert cells[..., TARGETS.index("peak")].max() == 0
    off = cells[..., TARGETS.index("counts")] == 0
    assert off.sum() == 25
    assert off[8:13, 8:13].all()


def test_boxes_of_one_face_become_one_and_those_of_two_stay_two():
    one = [Box(10, 10, 20, 20, 0.9), Box(11, 10, 20, 20, 0.6), Box(60, 10, 20, 20, 0.5)]
    merged = merge(one)
    assert len(merged) == 2
    assert {round(box.score, 1) for box in merged} == {0.9, 0.5}
    first = max(merged, key=lambda box: box.score)
    assert 10 < first.left < 10.5  # nearer to the surer one
    assert merge([]) == []


def test_angles_are_averaged_over_the_cut():
    (box,) = merge([Box(0, 0, 10, 10, 0.9, 179.0), Box(0, 0, 10, 10, 0.9, -179.0)])
    assert abs(box.angle) == pytest.approx(180, abs=0.1)


def test_one_box_goes_to_the_largest_face():
    faces = np.array([[0.0, 0, 20, 20, 0, 1], [40, 50, 40, 50, 0, 1]])
    answer = encode_largest(faces, (100, 100))
    assert answer[:3].tolist() == [0, 0, 1]
    (box,) = decode_largest(answer, (100, 100), scale=2.0)
    assert box[:4] == pytest.approx((80, 100, 80, 100), abs=1e-4)
    assert decode_largest(encode_largest(np.empty((0, 6)), (100, 100)), (100, 100)) == []


def test_losses_are_least_where_all_is_right():
    from helpers.training.detection_loss import detection_loss, focal, giou

    faces = np.array([[40.0, 40, 60, 80, 20, 1]])
    targets = encode(faces, (128, 128))[None]
    right = as_told(targets[0])[None]
    wrong = right.copy()
    wrong[..., 1] *= 3
    assert float(detection_loss(targets, right)) < 0.1 < float(detection_loss(targets, wrong))
    apart = giou(
        np.array([1, 1, 1, 1], np.float32), np.array([-3, 1, 5, 1], np.float32)
    )  # as wide, beside it: union 8, around 12
    assert float(apart) == pytest.approx(-2 / 6, abs=1e-5)
    assert float(focal(np.float32(1), np.float32(0))) == pytest.approx(0.25 * np.log(2), abs=1e-6)
    assert float(focal(np.float32(0.5), np.float32(0))) == pytest.approx(0.5**4 * 0.25 * np.log(2), abs=1e-6)


def test_canvases_know_where_they_put_the_faces(scenes):
    from helpers.training.canvases import Canvas, Photograph

    spot = np.zeros((60, 80), np.uint8)
    spot[15:45, 30:50] = 255
    canvas = Canvas(128)
    turn = np.deg2rad(90)
    matrix = np.array([[np.cos(turn), -np.sin(turn), 90], [np.sin(turn), np.cos(turn), 20]])
    canvas.put(Photograph(spot, np.array([[40.0, 30, 10, 15, 0]])), matrix)
    ((left, top, width, height, angle, shows),) = canvas.faces()
    rows, columns = np.nonzero(canvas.pixels > 127)
    assert (left, top) == pytest.approx((columns.min(), rows.min()), abs=1.5)
    assert (width, height) == pytest.approx((30, 20), abs=1e-6)
    assert angle == pytest.approx(90)
    assert shows == 1
    canvas.put(Photograph(spot, np.empty((0, 5))), np.array([[1.0, 0, 50], [0, 1, 40]]))
    assert canvas.faces()[0, 5] < 0.6  # the second picture lies over it


def test_canvases_are_drawn_from_the_seed_alone(scenes):
    from helpers.training.canvases import material_of
    from helpers.training.composing import KINDS, compose

    crop = np.full((40, 40), 90, np.uint8)
    material = material_of(scenes, [crop])
    for kind in range(len(KINDS)):
        recipe = Recipe(size=96, kinds=tuple(float(kind == n) for n in range(len(KINDS))))
        (one, faces), (again, same) = (compose(material, recipe, np.random.default_rng(5)) for _ in range(2))
        assert (one == again).all()
        assert (faces == same).all()
        assert one.shape == (96, 96)
        assert bool(len(faces)) == (KINDS[kind] != "background")
    empty = scenes.take(scenes.faces_in_each == 0)
    with pytest.raises(DataError, match="learns from pictures with faces and from some without"):
        material_of(empty)


class Interrupted(keras.callbacks.Callback):
    """Somebody presses Ctrl-C in the second epoch."""

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.optimizer.iterations) == 200:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def trained(scenes, tmp_path_factory):
    """A small detector, trained for a few steps on rendered scenes, and exported."""
    from helpers.export.detector import export_detector
    from helpers.training import finding
    from helpers.training.canvases import material_of
    from helpers.training.report import report_detector

    place = tmp_path_factory.mktemp("finding")
    experiment = finding.DetectorExperiment(
        "small", options=SMALL, recipe=EASY, epochs=3, steps_per_epoch=160, batch_size=8, warmup_steps=20,
        learning_rate=1e-2, ema_momentum=0.9, side=96,
    )  # fmt: skip
    material = material_of(scenes)
    with pytest.raises(KeyboardInterrupt):  # half way
        finding.train_detector(experiment, material, scenes, results=place, callbacks=[Interrupted()])
    assert len(list((place / "finding" / "small" / "seed0").glob("history.csv"))) == 1
    run = finding.train_detector(experiment, material, scenes, results=place, resume=True)
    run = report_detector(run, scenes, place)
    return run, export_detector(run, models=place / "models", results=place), place


def test_a_few_steps_on_rendered_scenes_find_rendered_faces(trained, scenes):
    from helpers.inference.detector import FaceDetector
    from helpers.training.canvases import material_of
    from helpers.training.composing import compose

    run, folder, _ = trained
    assert len(run.history) == 3
    assert run.history.loss.iloc[-1] < run.history.loss.iloc[0]
    assert set(run.metrics["pictures"]) == {"PublicTest", "PrivateTest"} and run.metrics["reported"]
    material, random = material_of(scenes), np.random.default_rng(99)
    find, hits, there = FaceDetector(folder, side=96, threshold=0.1), 0, 0
    for _ in range(40):
        picture, faces = compose(material, EASY, random)
        for face in faces[faces[:, 5] > 0.8]:
            overlap = intersection_over_union([face], find(picture))
            there, hits = there + 1, hits + bool(overlap.size and overlap.max() >= 0.5)
    assert hits > 0.25 * there


def test_the_record_says_what_was_found(trained):
    run, _, place = trained
    again = found_faces.load("small", 0, place)
    assert again.result("PublicTest").as_dict() == run.metrics["PublicTest"]
    assert run.metrics["reported"]
    with pytest.raises(DataError, match="no finished run of other"):
        found_faces.load("other", 0, place)
    with pytest.raises(DataError, match="no predictions for Training"):
        run.result("Training")


def test_a_detector_is_resumed_with_its_own_settings_only(trained, scenes):
    from helpers.training import finding
    from helpers.training.canvases import material_of

    run, _, place = trained
    other = replace(finding.experiment_of(run), batch_size=5)
    with pytest.raises(DataError, match="begun with another experiment"):
        finding.train_detector(other, material_of(scenes), scenes, results=place, resume=True)


def test_formats_agree(trained):
    from helpers.export import formats
    from helpers.inference.detector import FaceDetector

    _, folder, _ = trained
    picture = np.random.default_rng(0).integers(0, 255, (320, 320)).astype(np.uint8)
    of_onnx = FaceDetector(folder).cells(picture)
    of_litert = formats.reader(folder / "model.tflite")(picture[None])[0]
    of_keras = formats.reader(folder / "model.keras")(picture[None])[0]
    for other in (of_litert, of_keras):
        assert np.abs(of_onnx[..., 0] - other[..., 0]).mean() < 0.05
    assert of_onnx.shape == (320 // STRIDE, 320 // STRIDE, len(CHANNELS))


def test_the_localizer_learns_and_is_recorded(scenes, tmp_path):
    from helpers.training import finding
    from helpers.training.canvases import material_of

    experiment = replace(finding.DETECTORS["localizer"], epochs=1, steps_per_epoch=3, batch_size=4)
    run = finding.train_detector(experiment, material_of(scenes), scenes, results=tmp_path)
    assert run.metrics["pictures"] == {"PublicTest": 24}
    assert (run.predictions[run.predictions.kind == "found"].groupby("picture").size() == 1).all()


def test_sets_are_joined_with_all_that_is_known(scenes):
    from helpers.faces.scenes import joined

    grey = np.zeros((60, 80), np.uint8)
    plain = Scenes([grey], [[(1, 2, 30, 40)]], ["PublicTest"], name="plain")
    both = joined([scenes, plain])
    assert len(both) == len(scenes) + 1
    assert both.boxes_of(-1) == plain.boxes_of(0)
    assert both.attributes["visible"].isna().sum() == 1
    assert found_faces.visible_shares(both)[-1] == 1


def test_the_shipped_detector_is_the_recorded_one():
    folder = SHIPPED / "detector"
    about = json.loads((folder / "model.json").read_text())
    run = found_faces.load(about["experiment"], about["seed"])
    for split, said in about["measured"].items():
        assert run.result(split).as_dict() == said == run.metrics[split]
    assert {name: (folder / name).stat().st_size for name in about["files"]} == about["files"]
    assert about["parameters"] == run.config["parameters"] <= 300_000
    assert about["files"]["model.onnx"] <= 1_500_000


def test_the_shipped_detector_finds_drawn_faces_and_nobody_in_noise():
    from helpers.inference.detector import FaceDetector

    find = FaceDetector()
    noise = np.random.default_rng(1).integers(0, 255, (240, 320)).astype(np.uint8)
    assert find(noise) == []
    assert find(np.zeros((5, 7), np.uint8)) == []
    assert find(np.full((3000, 20), 128, np.uint8)) == []


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_box_of_a_turned_picture_is_told_where_it_lies_in_the_picture(turns):
    from helpers.inference.detector import _turned_back

    grey = np.zeros((40, 60), np.uint8)
    grey[10:15, 30:50] = 1
    rows, columns = np.nonzero(np.rot90(grey, turns))
    seen = Box(columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1, 0.8, 10.0)
    upright = {1: 100, 2: -170, 3: -80}[turns]
    assert _turned_back(seen, turns, grey.shape) == Box(30, 10, 20, 5, 0.8, upright)


def lying(box: Box, turns: int, shape: tuple[int, int]) -> Box:
    """Where a box lies when the picture is turned to the left so often."""
    for turn in range(turns):
        box = Box(box.top, shape[turn % 2 == 0] - box.left - box.width, box.height, box.width)
    return box


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_pictures_that_lie_or_stand_on_their_head_are_looked_at_from_each_side(turns):
    from helpers.inference.detector import FaceDetector

    drawn = rendered_scenes((0, 60, 0), seed=11, cache=False, progress=False)
    large = [n for n in np.flatnonzero(drawn.faces_in_each == 1) if drawn.boxes_of(n)[0].width > 60]
    find, hits = FaceDetector(), 0
    for number in large:
        grey = to_grey(drawn.picture(number))
        found = find(np.ascontiguousarray(np.rot90(grey, turns)))
        truth = lying(drawn.boxes_of(number)[0], turns, grey.shape)
        hits += any(box.angle % 360 > 45 for box in found) and intersection_over_union([truth], found).max() > 0.5
    assert hits > 0.6 * len(large) > 3


def test_a_known_face_is_found_near_its_place():
    from helpers.inference.detector import FaceDetector

    drawn = rendered_scenes((0, 30, 0), seed=12, cache=False, progress=False)
    find, hits, there = FaceDetector(), 0, 0
    for number in range(len(drawn)):
        grey = to_grey(drawn.picture(number))
        for box in find(grey):
            top, left = max(0, int(box.top - 20)), max(0, int(box.left - 20))
            window = grey[top : int(box.top + box.height + 20), left : int(box.left + box.width + 20)]
            again = [one._replace(left=one.left + left, top=one.top + top) for one in find.near(window, box.width)]
            there, hits = there + 1, hits + bool(again and intersection_over_union([box], again).max() > 0.6)
    assert hits > 0.8 * there > 10
