"""What is measured of finders: against examples worked out by hand, another library, and what must always hold."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_curve as by_sklearn

from helpers.evaluation.detection import (
    average_precision,
    detection_metrics,
    evaluate_detections,
    match_boxes,
    precision_recall_curve,
)
from helpers.faces import Box

#: The example of Padilla, Netto and da Silva (2020), "A survey on performance metrics for object-detection algorithms":
#: 15 objects and 24 found boxes, by score; the first two are equal there, and counted in this order.
SCORES = "95 94 91 88 84 80 78 74 71 70 67 62 54 48 45 45 44 44 43 38 35 23 18 14"
RIGHT = "1 0 1 0 0 0 0 0 0 1 0 1 1 1 0 0 0 0 0 0 0 0 1 0"

_side = st.integers(1, 30)
_boxes = st.lists(
    st.builds(Box, st.integers(0, 40), st.integers(0, 40), _side, _side, st.sampled_from([0.1, 0.3, 0.5, 0.7, 0.9])),
    max_size=5,
)
_pictures = st.lists(st.tuples(_boxes, _boxes), min_size=1, max_size=6)


def test_average_precision_of_a_published_example():
    right = np.array(RIGHT.split(), int) == 1
    curve = precision_recall_curve(np.array(SCORES.split(), float) / 100, right, 15)
    assert average_precision(curve["recall"], curve["precision"]) == pytest.approx(0.2457, abs=1e-4)
    assert curve["recall"][-1] == pytest.approx(7 / 15) and curve["precision"][-1] == pytest.approx(7 / 24)
    assert curve["threshold"][:2].tolist() == [0.95, 0.94] and len(curve["threshold"]) == 22


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.4, 0.6, 0.9]), st.booleans()), min_size=1))
def test_the_curve_is_scikit_learns(rows):
    scores, right = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    if not right.any():
        return
    mine = precision_recall_curve(scores, right, int(right.sum()))
    precision, recall, thresholds = by_sklearn(right, scores)
    for name, theirs in (("precision", precision[:-1]), ("recall", recall[:-1]), ("threshold", thresholds)):
        assert np.allclose(mine[name], theirs[::-1]), name


def test_boxes_are_paired_one_to_one_by_score():
    truth = [Box(0, 0, 10, 10), Box(12, 0, 10, 10)]
    twice = [Box(0, 0, 10, 10, 0.5), Box(1, 0, 10, 10, 0.9)]
    assert match_boxes(truth, twice) == [(0, 1)], "the surest takes the face, however well another lies"
    assert match_boxes(truth, [Box(0, 0, 10, 10, 0.9), Box(1, 0, 10, 10, 0.5)]) == [(0, 0)]
    between = [Box(5, 0, 14, 10, 0.9), Box(0, 0, 10, 10, 0.8)]
    assert match_boxes(truth, between, iou=0.2) == [(1, 0), (0, 1)]
    assert match_boxes(truth, []) == [] == match_boxes([], twice)
    assert match_boxes(np.array([[0.0, 0, 10, 10]]), twice) == [(0, 1)]
    half = [Box(0, 0, 10, 5)]
    assert match_boxes(truth, half, 0.5) == [(0, 0)] and match_boxes(truth, half, 0.51) == []


def test_counts_and_shares_of_a_small_set():
    truth = [
        [Box(0, 0, 20, 20), Box(50, 0, 30, 30)],  # the first is found
        [Box(0, 0, 60, 60)],  # found twice
        [],  # one is found
        [],
    ]
    found = [
        [Box(1, 0, 20, 20, 0.9)],
        [Box(0, 0, 60, 60, 0.8), Box(2, 0, 60, 60, 0.6)],
        [Box(0, 0, 100, 100, 0.7)],
        [Box(0, 0, 50, 50, 0.1)],  # below the threshold
    ]
    result = evaluate_detections(truth, found, threshold=0.5)
    assert (result.pictures, result.faces) == (4, 3)
    assert (result.precision, result.recall) == (0.5, pytest.approx(2 / 3)) and result.f1 == pytest.approx(4 / 7)
    assert result.false_per_picture == 0.5 and result.false_per_empty_picture == 0.5
    assert result.pictures_with_a_miss == 0.5, "of the two with faces"
    assert result.counts_told_right == 0.25, "two faces seem one, one seems two, none seems one"
    by_size = {name: (part["faces"], part["f1"]) for name, part in result.by_size.items()}
    assert by_size == {
        "0 to 24 px": (1, 1.0),
        "24 to 48 px": (1, 0.0),
        "48 to 96 px": (1, pytest.approx(2 / 3)),
        "96 px and more": (0, 0.0),
    }
    assert [part["pictures"] for part in result.by_count.values()] == [2, 1, 1]
    assert result.by_count["one"]["precision"] == 0.5 and result.by_count["many"]["recall"] == 0.5
    assert result.average_precision == pytest.approx(2 / 3)
    assert (result.best_f1, result.best_threshold) == (pytest.approx(0.8), 0.8)
    assert result.curve["threshold"].tolist() == [0.9, 0.8, 0.7, 0.6, 0.1]


def test_ignored_faces_count_neither_way():
    truth = [[Box(0, 0, 20, 20), Box(4, 0, 20, 20)]]
    ignore = [[True, False]]
    one = evaluate_detections(truth, [[Box(0, 0, 20, 20, 0.9)]], ignore)
    assert (one.faces, one.precision, one.recall) == (1, 1.0, 1.0), "it is the other's, though this lies better"
    both = evaluate_detections(truth, [[Box(0, 0, 20, 20, 0.9), Box(1, 0, 20, 20, 0.8)]], ignore)
    assert (both.precision, both.recall, both.counts_told_right) == (1.0, 1.0, 1.0)
    three = evaluate_detections(truth, [[Box(n, 0, 20, 20, 0.9 - n / 10) for n in range(3)]], ignore)
    assert three.precision == 0.5, "pairs are one to one with ignored faces, too"
    missed = evaluate_detections(truth, [[]], [[True, True]])
    assert missed.faces == 0 and np.isnan(missed.recall) and missed.counts_told_right == 1.0


def test_sets_without_faces_or_boxes():
    nobody = evaluate_detections([[], []], [[Box(0, 0, 9, 9, 0.9)], []])
    assert (nobody.precision, nobody.f1, nobody.false_per_empty_picture) == (0.0, 0.0, 0.5)
    assert np.isnan([nobody.recall, nobody.average_precision, nobody.best_f1, *nobody.f1_interval]).all()
    blind = evaluate_detections([[Box(0, 0, 9, 9)]], [[]])
    assert (blind.recall, blind.f1, blind.average_precision) == (0.0, 0.0, 0.0) and np.isnan(blind.precision)
    assert evaluate_detections([], []).pictures == 0
    assert detection_metrics(0, 0, 0) == {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    with pytest.raises(ValueError, match="zip"):
        evaluate_detections([[]], [])


@settings(deadline=None, max_examples=60)
@given(_pictures, st.sampled_from([0.0, 0.2, 0.5, 0.8]))
def test_a_threshold_is_as_good_as_finding_no_more(pictures, threshold):
    truth, found = ([picture[n] for picture in pictures] for n in (0, 1))
    kept = [[box for box in some if box.score >= threshold] for some in found]
    one = evaluate_detections(truth, found, iou=0.3, threshold=threshold, resamples=5)
    other = evaluate_detections(truth, kept, iou=0.3, threshold=threshold, resamples=5)
    of_curve = {"best_f1": 0, "best_threshold": 0, "average_precision": 0}
    assert replace(one, **of_curve).as_dict() == replace(other, **of_curve).as_dict()


@settings(deadline=None, max_examples=60)
@given(_pictures)
def test_shares_are_shares_and_pairs_are_pairs(pictures):
    truth, found = ([picture[n] for picture in pictures] for n in (0, 1))
    pairs = [match_boxes(*picture, iou=0.3) for picture in pictures]
    for some in pairs:
        assert len({face for face, _ in some}) == len({box for _, box in some}) == len(some)
    result = evaluate_detections(truth, found, iou=0.3, resamples=5)
    right, faces, boxes = sum(map(len, pairs)), sum(map(len, truth)), sum(map(len, found))
    assert (result.recall == right / faces) if faces else np.isnan(result.recall)
    assert (result.precision == right / boxes) if boxes else np.isnan(result.precision)
    if faces:
        assert 0 <= result.average_precision <= right / faces + 1e-9
        assert not boxes or result.best_f1 >= result.f1 - 1e-9
    assert json.loads(json.dumps(result.as_dict()))["faces"] == faces


def test_the_interval_is_that_of_pictures_drawn_again():
    face = [Box(0, 0, 9, 9)]

    def result(times, **more):
        return evaluate_detections([face] * 4 * times, [face, face, face, []] * times, **more)

    few, many = result(5), result(500)
    assert many.f1_interval == result(500).f1_interval != result(500, seed=1).f1_interval
    for one, n in ((few, 20), (many, 2000)):
        low, high = one.f1_interval
        assert low < one.f1 < high
        # F1 is 2r / (r + 1) of the recall r = 3/4, whose standard error is sqrt(r (1 - r) / n).
        expected = 3.92 * 2 / 1.75**2 * np.sqrt(0.75 * 0.25 / n)
        assert high - low == pytest.approx(expected, rel=0.25)


def test_shows_itself():
    shown = evaluate_detections([[Box(0, 0, 9, 9)]], [[Box(0, 0, 9, 9)]])._repr_html_()
    assert "average_precision" in shown and "24 to 48 px" in shown and "many" in shown
