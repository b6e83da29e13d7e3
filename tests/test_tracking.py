"""Faces in a film: told apart, tracked where they were, looked for everywhere now and then."""

import numpy as np
import pytest

from helpers.inference import Box, ExpressionRecognizer, detect_haar, haar
from helpers.inference.tracking import REDETECT_EVERY, FaceTracker
from helpers.rendering import contact_sheet

FACE = contact_sheet(["happy"], 1, photograph=False)  # 192 x 192
SCENE = np.zeros((300, 640), np.uint8)


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
    return max(abs(a - b) for a, b in zip(box[:4], other[:4], strict=True))


def test_a_moving_face_is_tracked(asked):
    track = FaceTracker(asked)
    for step in range(REDETECT_EVERY):
        scene = frame((20 + 4 * step, 30 + 2 * step))
        ((number, box),) = track(scene).items()
        assert number == 1
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
    assert track(frame()) == {}


def test_two_boxes_on_one_face_are_not_two_faces():
    answers = iter([[Box(70, 70, 120, 120), Box(100, 70, 130, 130)], [Box(80, 80, 110, 110)]])

    def find(grey):
        return next(answers)

    find.near = detect_haar.near
    track = FaceTracker(find, jitter=0)
    assert list(track(frame((40, 40)))) == [1, 2]
    assert track(frame((40, 40))) == {2: Box(80, 80, 110, 110)}


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
        assert apart(track(scene)[1], Box(200 + 9 * step, 60, 80, 90)) <= 3, step
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
    track = FaceTracker(everywhere, jitter=0)
    track(np.zeros((300, 640), np.uint8))
    # The window begins 0.35 widths left of the box, 0.35 heights above it.
    assert track(np.zeros((300, 640), np.uint8)) == {1: Box(102, 103, 50, 60)}
    assert asked == [((102, 86), 50)]


def test_frames_of_another_size_are_searched_everywhere(asked):
    track = FaceTracker(asked)
    track(frame((20, 50)))
    track(frame((20, 50), shape=(310, 640)))
    assert asked.times == 2


def test_a_face_at_the_edge_is_tracked(asked):
    track = FaceTracker(asked)
    for step in range(6):
        assert list(track(frame((3 * step, 108), shape=(300, 400)))) == [1]
    assert asked.times < 6


def told(*frames):
    """A finder that answers with these boxes, frame by frame, wherever it is asked."""
    answers = iter(frames)
    return lambda grey: next(answers)


def test_a_face_keeps_its_number_when_it_is_missed_and_gets_a_new_one_when_it_was_away():
    box = Box(100, 100, 50, 50)
    for missed, number in ((3, 1), (4, 2)):
        track = FaceTracker(told([box], *[[]] * missed, [box]), every=1, keep=3)
        seen = [track(SCENE) for _ in range(missed + 2)]
        assert seen == [{1: box}, *[{}] * missed, {number: box}]


def test_faces_that_pass_each_other_keep_their_numbers():
    places = [(10 + 9 * step, 300 - 9 * step) for step in range(33)]
    boxes = [[Box(x, 100, 40, 40), Box(y, 112, 41, 41)] for x, y in places]
    boxes[15:18] = [one[:1] for one in boxes[15:18]]  # one hides the other
    track = FaceTracker(told(*boxes), every=1)
    seen = [track(SCENE) for _ in boxes]
    first = {box.left: number for number, box in seen[0].items()}
    last = {box.left: number for number, box in seen[-1].items()}
    assert first[10] == last[10 + 9 * 32] and first[300] == last[300 - 9 * 32]


def test_boxes_of_a_still_face_do_not_jump_and_those_of_a_moving_one_do_not_lag():
    rng = np.random.default_rng(0)

    def jumps(every_frame, **options):
        boxes = [[Box(round(x + a), round(100 + b), 100, 100)] for x, (a, b) in every_frame]
        track = FaceTracker(told(*boxes), every=1, **options)
        return np.array([track(SCENE)[1].left for _ in boxes], float)

    noise = rng.normal(0, 2, (80, 2))
    still = [(300, one) for one in noise]
    assert jumps(still)[5:].std() < 0.7 * jumps(still, jitter=0)[5:].std()
    moving = [(40 + 6 * step, one) for step, one in enumerate(noise)]
    assert np.abs(jumps(moving) - [x for x, _ in moving])[5:].mean() < 3
    leap = [(100 if step < 9 else 160, (0, 0)) for step in range(12)]
    assert jumps(leap)[9] == 160


def test_between_searched_frames_boxes_move_on():
    boxes = [[Box(100 + 20 * step, 100, 80, 80, 1.0, 10 * step)] for step in range(4)]
    track = FaceTracker(told(*boxes), every=1, detect_every=2)
    seen = [track(SCENE)[1] for _ in range(7)]
    assert [box.left for box in seen[2:]] == pytest.approx([120, 130, 140, 150, 160], abs=3)


def test_a_turn_goes_the_short_way_round():
    boxes = [[Box(100, 100, 80, 80, 1.0, angle)] for angle in (179, -179, 179, -179)]
    track = FaceTracker(told(*boxes), every=1)
    assert all(abs(track(SCENE)[1].angle) > 178 for _ in boxes)


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
