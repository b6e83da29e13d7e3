"""Figures about finding faces say what was measured."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from helpers import figures
from helpers.evaluation.detection import evaluate_detections
from helpers.faces import Box
from helpers.faces.detection_maps import CHANNELS, encode
from helpers.figures import detection

FACES = [Box(8, 8, 24, 32), Box(60, 20, 30, 40)]
FOUND = [Box(9, 8, 24, 32, 0.9), Box(100, 60, 20, 20, 0.4)]


def colours(axes):
    return [(to_hex(patch.get_edgecolor()), patch.get_linestyle()) for patch in axes.patches]


@pytest.fixture
def picture():
    return np.full((96, 128), 90, np.uint8)


@pytest.fixture
def results():
    return {"ours": evaluate_detections([FACES], [FOUND]), "haar": evaluate_detections([FACES], [FACES[:1]])}


def test_boxes_are_right_false_or_missed(picture):
    plain, told = (figures.boxes_on_pictures([picture], [FACES], *more, columns=1) for more in ((), ([FOUND],)))
    assert colours(plain.axes[0]) == [(detection.TRUE.lower(), "-")] * 2
    assert set(colours(told.axes[0])) == {
        (detection.RIGHT.lower(), "-"),
        (detection.FALSE.lower(), "-"),
        (detection.TRUE.lower(), "--"),
    }


def test_places_without_a_picture_stay_empty(picture):
    drawn = figures.boxes_on_pictures([picture] * 3, [[]] * 3, columns=2)
    assert [axes.axison for axes in drawn.axes] == [True, True, True, False]
    assert drawn.png.startswith(b"\x89PNG")


def test_overlap_is_what_is_shared():
    drawn = figures.overlaps(Box(0, 0, 2, 2), [Box(1, 0, 2, 2), Box(5, 5, 1, 1)])
    assert [axes.get_title() for axes in drawn.axes] == ["IoU 0.33", "IoU 0.00"]
    assert [len(axes.patches) for axes in drawn.axes] == [3, 2]  # apart, nothing is filled


def test_maps_show_cells_of_faces_only(picture):
    faces = np.array([[*FACES[1][:4], 30, 1], [*FACES[0][:4], 0, 0.2]])
    drawn = figures.target_maps(picture, encode(faces, picture.shape))
    panels = {axes.get_title(): axes.images[-1].get_array() for axes in drawn.axes if axes.get_title()}
    turn = np.ma.masked_invalid(panels["turn, degrees"])
    assert 0 < turn.count() < turn.size / 4 and turn.max() == pytest.approx(30, abs=0.01)
    assert panels["left, pixels"].shape == (12, 16)
    assert panels["counts (black does not)"].min() == 0  # who hardly shows


def test_map_becomes_as_many_boxes_as_faces(picture):
    learnt = encode(np.array([[*box[:4], 0, 1] for box in FACES]), picture.shape)
    score = np.log(np.clip(learnt[..., :1], 1e-4, 1 - 1e-4)) - np.log1p(-np.clip(learnt[..., :1], 1e-4, 1 - 1e-4))
    cells = np.concatenate([score, learnt[..., 2:]], axis=-1)
    assert cells.shape[-1] == len(CHANNELS)
    drawn = figures.map_to_boxes(picture, cells, threshold=0.3)
    _, each, merged = drawn.axes[:3]
    assert merged.get_title() == "merged: 2 boxes" and len(merged.patches) == 2
    assert len(each.patches) > 2 and each.get_title().startswith(f"{len(each.patches)} cells")


def test_curves_end_where_recall_does(results):
    axes = figures.precision_recall_curves(results).axes[0]
    shown = [text.get_text() for text in axes.get_legend().get_texts()]
    assert shown == ["ours: F1 0.50, average precision 0.50", "haar: F1 0.67"]  # one score is no curve
    curve = next(line for line in axes.lines if len(line.get_xdata()) > 1)
    assert curve.get_xdata()[-1] == 0.5


def test_bars_are_of_sizes_that_there_are(results):
    axes = figures.f1_by_size(results).axes[0]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["24 to 48 px\n2 faces"]
    assert len(axes.patches) == 2


def test_tables_of_finders_draw():
    finders = ["ours", "haar", "blazeface", "blazeface-front", "new"]
    turns = pd.DataFrame({"0": 90.0, "45": 50.0, "180": 5.0}, finders)
    group = pd.DataFrame({"40": 3, "180": 24, "106, one near": 20, "ms": 90.0}, finders)
    quality = pd.DataFrame({"ms, 320 x 240": [4.0, 9, 20, 7, 300], "F1": [0.9, 0.5, 0.8, 0.6, 0.7]}, finders)
    sure = quality.assign(**{"F1, low": quality["F1"] - 0.1, "F1, high": quality["F1"] + 0.1})
    lines = figures.found_by_turn(turns).axes[0].lines
    assert [line.get_xdata()[-1] for line in lines] == [180.0] * len(finders)
    assert lines[2].get_color() == lines[3].get_color() and lines[2].get_linestyle() != lines[3].get_linestyle()
    assert list(figures.found_in_group(group).axes[0].get_xticks()) == [40, 180]  # not the columns that are no widths
    for table in (quality, sure):
        axes = figures.cost_and_quality(table, "ms, 320 x 240").axes[0]
        assert [text.get_text() for text in axes.texts] == finders
        assert axes.get_xlim()[0] < 4 and axes.get_xlim()[1] > 300


def test_history_marks_the_chosen_epoch():
    history = pd.DataFrame(
        {"epoch": [1, 2, 3], "loss": [3, 2, 1], "val_ap": [0.2, 0.6, 0.5], "val_f1": [0.1, 0.5, 0.6]}
    )
    _, right = figures.detection_history(history).axes
    assert [line.get_xdata()[0] for line in right.lines if line.get_marker() == "o"] == [2, 2]
