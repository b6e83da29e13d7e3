"""Faces in a film: tracked where they were, looked for everywhere now and then."""

import numpy as np
import pytest

from helpers.inference import Box, ExpressionRecognizer, detect_haar, haar
from helpers.inference.tracking import REDETECT_EVERY, FaceTracker
from helpers.rendering import contact_sheet

FACE = contact_sheet(["happy"], 1, photograph=False)  # 192 x 192


@pytest.fixture
def asked():
    """A finder that counts how often it searches a whole picture."""

    def find(grey):
        find.times += 1
        return detect_haar(grey)

    find.times, find.near = 0, detect_haar.near
    return find


def frame(*places, shape=(300, 640)):
    scene = np.full(shape, 128, np.uint8)
    for left, top in places:
        scene[top : top + 192, left : left + 192] = FACE
    return scene


def apart(box, other):
    return max(abs(a - b) for a, b in zip(box, other, strict=True))


def test_a_moving_face_is_tracked(asked):
    track = FaceTracker(asked)
    for step in range(REDETECT_EVERY):
        scene = frame((20 + 4 * step, 30 + 2 * step))
        (box,) = track(scene)
        assert apart(box, detect_haar(scene)[0]) < 30, step
    assert asked.times == 1
    track(scene)
    assert asked.times == 2


def test_who_comes_is_found_soon_and_who_leaves_is_not_kept(asked):
    track = FaceTracker(asked)
    assert len(track(frame((20, 50)))) == 1
    for _ in range(REDETECT_EVERY):
        boxes = track(frame((20, 50), (400, 50)))
    assert len(boxes) == 2
    before = asked.times
    assert len(track(frame((400, 50)))) == 1 and asked.times == before + 1
    assert track(frame()) == []


def test_two_boxes_on_one_face_are_not_two_faces():
    answers = iter([[Box(70, 70, 120, 120), Box(100, 70, 130, 130)], [Box(80, 80, 110, 110)]])

    def find(grey):
        return next(answers)

    find.near = detect_haar.near
    track = FaceTracker(find)
    assert len(track(frame((40, 40)))) == 2
    assert track(frame((40, 40))) == [Box(80, 80, 110, 110)]


def test_another_finder_is_asked_for_windows_too_and_haar_never(monkeypatch):
    monkeypatch.setattr(haar, "search", None)  # calling it would fail
    shapes = []

    def brightest(grey):
        shapes.append(grey.shape)
        rows, columns = np.nonzero(grey > 200)
        top, left = rows.min(), columns.min()
        return [Box(left, top, columns.max() - left + 1, rows.max() - top + 1)] if len(rows) else []

    track = FaceTracker(brightest)
    for step in range(REDETECT_EVERY + 1):
        scene = np.zeros((300, 640), np.uint8)
        scene[60 : 60 + 90, 200 + 9 * step : 200 + 9 * step + 80] = 255
        assert track(scene) == [Box(200 + 9 * step, 60, 80, 90)], step
    whole = [shape == (300, 640) for shape in shapes]
    assert whole == [True, *[False] * (REDETECT_EVERY - 1), True]
    assert max(shape[1] for shape in shapes[1:-1]) < 160


def test_a_finder_may_say_how_it_searches_near_by():
    def everywhere(grey):
        return [Box(100, 100, 50, 60)]

    def near(window, width):
        asked.append((window.shape, width))
        return [Box(20, 24, 50, 60)]

    asked, everywhere.near = [], near
    track = FaceTracker(everywhere)
    track(np.zeros((300, 640), np.uint8))
    # The window begins 0.35 widths left of the box, 0.35 heights above it.
    assert track(np.zeros((300, 640), np.uint8)) == [Box(102, 103, 50, 60)]
    assert asked == [((102, 86), 50)]


def test_frames_of_another_size_are_searched_everywhere(asked):
    track = FaceTracker(asked)
    track(frame((20, 50)))
    track(frame((20, 50), shape=(310, 640)))
    assert asked.times == 2


def test_boxes_at_the_edge_stay_inside(asked):
    track = FaceTracker(asked)
    for step in range(6):
        for box in track(frame((3 * step, 108), shape=(300, 400))):
            assert box.left >= 0 and box.top + box.height <= 300
    assert asked.times < 6


def test_a_tracker_reads_a_film_and_leaves_its_recognizer_alone(asked):
    recognizer = ExpressionRecognizer(find=asked)
    tracker = recognizer.tracking()
    for step in range(3):
        (face,) = tracker(frame((20 + 4 * step, 50)))
        assert face.top[0][0] == "happy"
    assert asked.times == 1
    for _ in range(2):
        recognizer(frame((20, 50)))
    assert asked.times == 3
    assert recognizer.tracking()(frame()) == []  # each film begins anew
    assert asked.times == 4


@pytest.mark.parametrize(("every", "times"), [(1, 1), (5, 2), (25, 4)])
def test_where_frames_are_left_out_it_looks_everywhere_sooner(asked, every, times):
    tracker = ExpressionRecognizer(find=asked).tracking(every)
    for _ in range(4):
        assert len(tracker(frame((20, 50)))) == 1
    assert asked.times == times
