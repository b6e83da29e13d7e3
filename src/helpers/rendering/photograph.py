"""The photograph: pose, light and everything a poor camera does to a face.

Comes in: a random generator, or a clean picture. Goes out: :class:`Pose`, :class:`Light` and :class:`Photograph`, or
the picture as the camera would have kept it.
"""

from dataclasses import dataclass

import cv2
import numpy as np

HANDS = ("none", "cheek", "chin", "mouth", "temples", "fists")


@dataclass(frozen=True)
class Pose:
    """How the head is turned, in degrees. Zero looks straight at the camera."""

    yaw: float = 0.0  # positive: turned to the right of the picture
    pitch: float = 0.0  # positive: looks down
    roll: float = 0.0  # positive: tilted clockwise
    gaze_x: float = 0.0  # of the eyes, -1 to 1
    gaze_y: float = 0.0


@dataclass(frozen=True)
class Light:
    """One lamp and the light of the room."""

    side: float = 0.0  # degrees to the right of the camera
    height: float = 35.0  # degrees above the camera
    ambient: float = 0.42  # share that comes from everywhere
    strength: float = 1.0


@dataclass(frozen=True)
class Photograph:
    """What framing and camera add. The defaults are a clean, tightly framed picture."""

    zoom: float = 1.0  # above 1: more of the scene, a smaller face
    shift_x: float = 0.0  # of the frame, in face units
    shift_y: float = 0.0
    contrast: float = 1.0
    brightness: float = 0.0  # grey levels, -1 to 1
    blur: float = 0.0  # pixels of a 48-pixel picture
    noise: float = 0.0  # grey levels of 255
    quality: int = 100  # of the JPEG
    background: float = 0.5
    hand: str = "none"  # where a hand covers the face
    hand_side: int = 1
    seed: int = 0  # of noise and background


def draw_pose(rng: np.random.Generator) -> Pose:
    """Draw a pose: mostly near the front, now and then far from it."""
    wide = 2.0 if rng.random() < 0.2 else 1.0
    return Pose(
        yaw=float(np.clip(9 * wide * rng.standard_normal(), -34, 34)),
        pitch=float(np.clip(5 * wide * rng.standard_normal(), -16, 18)),
        roll=float(np.clip(5 * wide * rng.standard_normal(), -22, 22)),
        gaze_x=float(np.clip(0.35 * rng.standard_normal(), -1, 1)),
        gaze_y=float(np.clip(0.2 * rng.standard_normal(), -0.6, 0.6)),
    )


def draw_light(rng: np.random.Generator) -> Light:
    """Draw a light: mostly soft and from above."""
    return Light(
        side=float(np.clip(24 * rng.standard_normal(), -75, 75)),
        height=float(np.clip(32 + 16 * rng.standard_normal(), -15, 70)),
        ambient=float(np.clip(0.50 + 0.12 * rng.standard_normal(), 0.2, 0.8)),
        strength=float(np.clip(1.0 + 0.12 * rng.standard_normal(), 0.7, 1.3)),
    )


def draw_photograph(rng: np.random.Generator) -> Photograph:
    """Draw a camera as careless as those of pictures found on the web."""
    return Photograph(
        zoom=float(np.clip(0.92 + 0.06 * rng.standard_normal(), 0.78, 1.15)),
        shift_x=0.05 * rng.standard_normal(),
        shift_y=0.05 * rng.standard_normal(),
        contrast=float(np.clip(1.2 + 0.2 * rng.standard_normal(), 0.55, 1.6)),
        brightness=float(np.clip(0.10 * rng.standard_normal(), -0.25, 0.25)),
        blur=float(np.clip(0.35 + 0.25 * rng.standard_normal(), 0, 1.1)),
        noise=float(np.clip(abs(3.5 * rng.standard_normal()), 0, 11)),
        quality=int(rng.integers(45, 97)),
        background=float(rng.uniform(0.03, 0.97)),
        hand=str(rng.choice(HANDS, p=[0.94, 0.02, 0.02, 0.01, 0.01, 0.0])),
        hand_side=int(rng.choice([-1, 1])),
        seed=int(rng.integers(2**31)),
    )


def apply_camera(image: np.ndarray, photograph: Photograph) -> np.ndarray:
    """Do to a clean picture what the camera does: tone, blur, noise, compression.

    `image` is square, float, 0 to 1; what comes back is as large, uint8, 0 to 255.
    """
    size = image.shape[0]
    toned = (image - 0.5) * photograph.contrast + (0.5 + photograph.brightness)
    # A soft shoulder instead of a hard cut: film and cameras roll off before white and black.
    toned = np.where(toned > 0.85, 0.85 + (toned - 0.85) * 0.5, toned)
    toned = np.where(toned < 0.12, 0.12 + (toned - 0.12) * 0.5, toned)
    # cv2 filters 16-bit integers exactly alike on every machine, floats only nearly.
    levels = np.rint(np.clip(toned, 0, 1) * 65280).astype(np.uint16)
    sigma = photograph.blur * size / 48
    if sigma > 0.15:
        levels = cv2.GaussianBlur(levels, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    grey = levels.astype(np.float32) / np.float32(256)
    if photograph.noise > 0.1:
        noise = np.random.default_rng(photograph.seed).standard_normal((size, size), dtype=np.float32)
        grey = grey + noise * np.float32(photograph.noise)
    grey = np.rint(np.clip(grey, 0, 255)).astype(np.uint8)
    if photograph.quality < 100:
        _, packed = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, photograph.quality])
        grey = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)
    return grey
