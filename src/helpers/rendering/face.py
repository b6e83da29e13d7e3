"""One face, completely described: who, what it does, how it was photographed.

Comes in: a random generator and an expression, or nothing. Goes out: a :class:`FaceSpec`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from helpers.rendering.action_units import ACTION_UNITS, draw_units
from helpers.rendering.identity import Identity, draw_identity
from helpers.rendering.photograph import Light, Photograph, Pose, draw_light, draw_photograph, draw_pose


@dataclass(frozen=True)
class FaceSpec:
    """Everything that a rendered face is made from.

    Examples
    --------
    >>> smile = neutral_face().with_units({6: 0.8, 12: 1.0})
    >>> smile.units[12]
    1.0
    """

    units: Mapping[int, float] = field(default_factory=dict)
    identity: Identity = field(default_factory=Identity)
    pose: Pose = field(default_factory=Pose)
    light: Light = field(default_factory=Light)
    photograph: Photograph = field(default_factory=Photograph)

    def __post_init__(self):
        units = {int(unit): float(amount) for unit, amount in dict(self.units).items()}
        for unit, amount in units.items():
            if unit not in ACTION_UNITS:
                known = ", ".join(map(str, ACTION_UNITS))
                raise ValueError(f"there is no action unit {unit}; choose from {known}")
            if not 0 <= amount <= 1.5:
                raise ValueError(f"unit {unit} has intensity {amount}; it should be 0 to 1")
        object.__setattr__(self, "units", units)

    def with_units(self, units: Mapping[int, float]) -> "FaceSpec":
        """The same person and photograph with other units."""
        return replace(self, units=units)

    def with_pose(self, **changes) -> "FaceSpec":
        """The same face turned: ``with_pose(yaw=20)``."""
        return replace(self, pose=replace(self.pose, **changes))

    def with_identity(self, **changes) -> "FaceSpec":
        """The same expression on a changed person: ``with_identity(glasses="thick")``."""
        return replace(self, identity=replace(self.identity, **changes))

    def with_light(self, **changes) -> "FaceSpec":
        """The same face under other light: ``with_light(side=60)``."""
        return replace(self, light=replace(self.light, **changes))

    def with_photograph(self, **changes) -> "FaceSpec":
        """The same face from another camera: ``with_photograph(noise=8)``."""
        return replace(self, photograph=replace(self.photograph, **changes))


def neutral_face(identity_seed: int = 0) -> FaceSpec:
    """Somebody at rest, from the front, in soft light, without noise."""
    return FaceSpec(identity=draw_identity(np.random.default_rng(identity_seed)))


def sample_face(
    rng: np.random.Generator, expression: str, intensity: float | None = None, identity: Identity | None = None
) -> FaceSpec:
    """Draw a face that shows `expression`, as it might be found on the web.

    Parameters
    ----------
    rng
        Where chance comes from.
    expression
        One of :data:`~helpers.rendering.action_units.PROTOTYPES`.
    intensity
        0 to 1; drawn from 0.4 to 1 where it is not given.
    identity
        Who it is; drawn where it is not given.
    """
    intensity = float(rng.uniform(0.4, 1.0)) if intensity is None else float(intensity)
    face = FaceSpec(
        units=draw_units(rng, expression, intensity),
        identity=draw_identity(rng) if identity is None else identity,
        pose=draw_pose(rng),
        light=draw_light(rng),
        photograph=draw_photograph(rng),
    )
    return with_bearing(rng, face, expression, intensity)


def with_bearing(rng: np.random.Generator, face: FaceSpec, expression: str, intensity: float) -> FaceSpec:
    """Add what heads, eyes and hands do along with an expression.

    The frightened look aside and raise their hands to the mouth, the sad look down, the happy tilt their heads, the
    surprised touch their cheeks.
    """
    pose, photo = face.pose, face.photograph
    drawn, side = rng.random(), float(rng.choice([-1.0, 1.0]))
    if expression == "fear":
        if drawn < 0.5 * intensity:
            pose = replace(pose, gaze_x=0.9 * side)
        if drawn < 0.35 * intensity:
            photo = replace(photo, hand="fists")
    elif expression == "sad":
        pose = replace(pose, pitch=min(20.0, pose.pitch + 6 * intensity), gaze_y=0.5 * intensity)
        if drawn < 0.12 * intensity:
            photo = replace(photo, hand="temples")
    elif expression == "happy":
        pose = replace(pose, roll=pose.roll + 5 * side * drawn * intensity)
    elif expression == "surprise" and drawn < 0.12 * intensity:
        photo = replace(photo, hand="cheek")
    return replace(face, pose=pose, photograph=photo)
