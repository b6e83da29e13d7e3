"""Faces are cut out upright, and read with their mirror image."""

import numpy as np
import pytest
from PIL import Image

from helpers.faces import Box
from helpers.inference import ExpressionRecognizer
from helpers.inference.crops import ASPECT, Frame, crop
from helpers.rendering import render, sample_face

HEIGHT = 120


def turned(face: np.ndarray, degrees: float) -> tuple[np.ndarray, Box]:
    """A face in the middle of a picture that is turned clockwise, and the box around it."""
    picture = np.pad(face, 100, mode="edge")
    grey = np.asarray(Image.fromarray(picture).rotate(-degrees, Image.Resampling.BICUBIC))
    turn, half = np.deg2rad(degrees), np.array([ASPECT * HEIGHT, HEIGHT]) / 2
    wide = np.hypot(half[0] * np.cos(turn), half[1] * np.sin(turn))
    high = np.hypot(half[0] * np.sin(turn), half[1] * np.cos(turn))
    middle = np.array(grey.shape) / 2
    return grey, Box(*(middle - (wide, high)), 2 * wide, 2 * high, 1.0, degrees)


@pytest.mark.parametrize("degrees", [-170, -90, -45, 30, 60, 90, 135, 180])
def test_turned_faces_are_cut_out_upright(degrees):
    face = render(sample_face(np.random.default_rng(3), "surprise", 1.0), 160, True)
    frame = Frame(0.8, 0.05)
    upright = crop(*turned(face, 0), frame).astype(int)
    grey, box = turned(face, degrees)
    away = np.abs(crop(grey, box, frame) - upright).mean()
    assert away < 5
    assert np.abs(crop(grey, box._replace(angle=0), frame) - upright).mean() > 2 * away


def test_a_few_degrees_are_taken_for_the_detectors_error():
    grey, box = turned(render(sample_face(np.random.default_rng(3), "surprise", 1.0), 160, True), 0)
    upright, slanting, turning = (crop(grey, box._replace(angle=angle)).astype(int) for angle in (0, 2, 20))
    assert np.abs(slanting - upright).mean() < 1.5 < 5 < np.abs(turning - upright).mean()


@pytest.mark.parametrize("side", [20.0, 47.5, 96.3, 400.0, 1500.0])
def test_frames_lie_between_the_pixels_where_boxes_do(side):
    """A slope keeps its values: nothing moves to whole pixels, whatever the size."""
    slope = np.tile(np.linspace(0, 255, 2000).round().astype(np.uint8), (1600, 1))
    left = 123.4
    seen = crop(slope, Box(left, 50.7, side, side), Frame(1.0)).astype(float)
    told = (left + side * (np.arange(48) + 0.5) / 48 - 0.5) * 255 / 1999
    assert np.abs(seen.mean(axis=0) - told).max() < 1.6  # whole grey levels, rounded twice


def test_a_frame_lies_above_the_boxes_middle_along_the_face():
    grey = np.zeros((200, 200), np.uint8)
    grey[:, :100] = 255  # the left half
    lying = Box(60, 80, 80, 40, angle=-90)  # the top of the head points to the left
    plain, higher = (crop(grey, lying, Frame(0.5, up)).mean() for up in (0.0, 0.2))
    assert plain == pytest.approx(127, abs=8)
    assert higher > 200


def test_a_face_and_its_mirror_image_get_one_answer():
    faces = np.random.default_rng(0).integers(0, 256, (3, 48, 48)).astype(np.uint8)
    two, one = ExpressionRecognizer(), ExpressionRecognizer(mirrored=False)
    assert np.allclose(two.predict_proba(faces), two.predict_proba(faces[:, :, ::-1]), atol=1e-4)
    assert not np.allclose(one.predict_proba(faces), one.predict_proba(faces[:, :, ::-1]), atol=1e-2)
    both = (one.predict_proba(faces) + one.predict_proba(faces[:, :, ::-1])) / 2
    assert np.allclose(two.predict_proba(faces), both, atol=1e-4)
