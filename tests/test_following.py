"""Faces in a film: followed where they were, looked for everywhere now and then."""

import numpy as np
import pytest

from helpers.inference import Box, ExpressionRecognizer, detect_haar
from helpers.inference.tracking import EVERY, FaceTracker
from helpers.rendering import contact_sheet

FACE = contact_sheet(["happy"], 1, photograph=False)  # 192 x 192


@pytest.fixture
def asked():
    """A finder that counts how often it is asked."""

    def find(grey):
        find.times += 1
        return detect_haar(grey)

    find.times = 0
    return find


def frame(*places, shape=(300, 640)):
    scene = np.full(shape, 128, np.uint8)
    for left, top in places:
        scene[top : top + 192, left : left + 192] = FACE
    return scene


def apart(box, other):
    return max(abs(a - b) for a, b in zip(box, other, strict=True))


def test_a_moving_face_is_followed(asked):
    follow = FaceTracker(asked)
    for step in range(EVERY):
        scene = frame((20 + 4 * step, 30 + 2 * step))
        (box,) = follow(scene)
        assert apart(box, detect_haar(scene)[0]) < 30, step
    assert asked.times == 1
    follow(scene)
    assert asked.times == 2


def test_who_comes_is_found_soon_and_who_leaves_is_not_kept(asked):
    follow = FaceTracker(asked)
    assert len(follow(frame((20, 50)))) == 1
    for _ in range(EVERY):
        boxes = follow(frame((20, 50), (400, 50)))
    assert len(boxes) == 2
    before = asked.times
    assert len(follow(frame((400, 50)))) == 1 and asked.times == before + 1
    assert follow(frame()) == []


def test_two_boxes_on_one_face_are_not_two_faces():
    answers = iter([[Box(70, 70, 120, 120), Box(100, 70, 130, 130)], [Box(80, 80, 110, 110)]])
    follow = FaceTracker(lambda grey: next(answers))
    assert len(follow(frame((40, 40)))) == 2
    assert follow(frame((40, 40))) == [Box(80, 80, 110, 110)]


def test_frames_of_another_size_are_searched_everywhere(asked):
    follow = FaceTracker(asked)
    follow(frame((20, 50)))
    follow(frame((20, 50), shape=(310, 640)))
    assert asked.times == 2


def test_boxes_at_the_edge_stay_inside(asked):
    follow = FaceTracker(asked)
    for step in range(6):
        for box in follow(frame((3 * step, 108), shape=(300, 400))):
            assert box.left >= 0 and box.top + box.height <= 300
    assert asked.times < 6


def test_a_follower_reads_a_film_and_leaves_its_recogniser_alone(asked):
    recognizer = ExpressionRecognizer(find=asked)
    follower = recognizer.tracking()
    for step in range(3):
        (face,) = follower(frame((20 + 4 * step, 50)))
        assert face.top[0][0] == "happy"
    assert asked.times == 1
    for _ in range(2):
        recognizer(frame((20, 50)))
    assert asked.times == 3
    assert recognizer.tracking()(frame()) == []  # each film begins anew
    assert asked.times == 4


@pytest.mark.parametrize(("every", "times"), [(1, 1), (5, 2), (25, 4)])
def test_where_frames_are_left_out_it_looks_everywhere_sooner(asked, every, times):
    follower = ExpressionRecognizer(find=asked).tracking(every)
    for _ in range(4):
        assert len(follower(frame((20, 50)))) == 1
    assert asked.times == times
