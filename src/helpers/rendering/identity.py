"""Identity: what makes a face somebody's, whatever it expresses.

Comes in: a random generator. Goes out: an :class:`Identity`, a set of proportions and tones.

Lengths are in face units: 1 is half the width of an average face at the cheekbones, the origin lies between the eyes,
down is positive.
"""

from dataclasses import dataclass

import numpy as np

HAIR_STYLES = ("short", "side", "fringe", "long", "curly", "receding", "bald", "tied", "scarf")
BEARDS = ("none", "stubble", "moustache", "goatee", "full")
GLASSES = ("none", "thin", "thick", "round")


@dataclass(frozen=True)
class Identity:
    """Somebody. The defaults are an average adult; see the comments for units."""

    seed: int = 0  # of the skin's and the hair's texture
    sex: str = "female"
    age: float = 30.0  # years
    skin: float = 0.66  # share of light that the skin gives back
    face_width: float = 1.0
    face_length: float = 1.0
    jaw: float = 1.0  # width of the jaw
    chin: float = 1.0  # width of the chin
    cheeks: float = 1.0  # how far the cheekbones stand out
    eye_distance: float = 0.455  # from the middle to the pupil
    eye_width: float = 0.20  # half the length of the eye's opening
    eye_height: float = 0.095
    eye_tilt: float = 0.02  # outer corner above the inner one
    lid_fold: float = 0.075  # height of the crease over the lid; 0 is none
    iris: float = 0.18  # brightness
    brow_height: float = 0.235
    brow_thickness: float = 0.075
    brow_darkness: float = 0.75
    brow_arch: float = 0.06
    brow_length: float = 1.0
    nose_length: float = 0.64
    nose_width: float = 1.0
    nose_relief: float = 1.0
    nose_bend: float = 0.0  # sideways
    nose_hump: float = 0.0
    mouth_height: float = 1.10
    mouth_width: float = 0.39
    upper_lip: float = 0.085
    lower_lip: float = 0.125
    lip_tone: float = 0.78  # brightness of the lips beside the skin's
    hair_style: str = "side"
    hair_tone: float = 0.15
    hair_line: float = -0.86
    hair_part: float = 0.3  # where the hair parts, sideways
    beard: str = "none"
    beard_darkness: float = 0.6
    glasses: str = "none"
    wrinkles: float = 0.1  # 0 smooth, 1 deeply lined
    makeup: float = 0.0
    freckles: float = 0.0
    asymmetry: float = 0.0  # one side moves more than the other


def draw_identity(rng: np.random.Generator) -> Identity:
    """Draw a person: any age from six, either sex, any skin."""
    normal = rng.standard_normal
    sex = "female" if rng.random() < 0.5 else "male"
    female = sex == "female"
    age = float(rng.choice([rng.uniform(6, 14), rng.uniform(16, 45), rng.uniform(45, 80)], p=[0.12, 0.62, 0.26]))
    child = max(0.0, (15 - age) / 9)
    old = float(np.clip((age - 40) / 35, 0, 1))
    skin = rng.choice([0.72, 0.60, 0.45, 0.30], p=[0.45, 0.25, 0.18, 0.12]) + 0.05 * normal()
    skin = float(np.clip(skin, 0.22, 0.82))
    grey = rng.random() < old
    tones = [0.06, 0.14, 0.30, 0.50]
    odds = [0.4, 0.3, 0.2, 0.1] if skin > 0.55 else [0.75, 0.25, 0, 0]
    hair = 0.5 + 0.25 * rng.random() if grey else float(rng.choice(tones, p=odds))
    hair = float(np.clip(hair + 0.03 * normal(), 0.03, 0.8))
    if female:
        styles = {"side": 0.2, "fringe": 0.17, "long": 0.26, "curly": 0.1, "tied": 0.16, "scarf": 0.05, "short": 0.06}
    elif age > 45:
        styles = {"short": 0.3, "side": 0.2, "receding": 0.3, "bald": 0.2}
    else:
        styles = {"short": 0.42, "side": 0.24, "fringe": 0.12, "curly": 0.1, "bald": 0.06, "receding": 0.06}
    style = str(rng.choice(list(styles), p=list(styles.values())))
    beard = "none"
    if not female and age > 18:
        beard = str(rng.choice(BEARDS, p=[0.55, 0.2, 0.06, 0.07, 0.12]))
    eyewear = 0.08 + 0.15 * old
    glasses = str(rng.choice(GLASSES, p=[1 - eyewear, eyewear * 0.4, eyewear * 0.35, eyewear * 0.25]))
    return Identity(
        seed=int(rng.integers(2**31)),
        sex=sex,
        age=round(age, 1),
        skin=skin,
        face_width=1 + 0.045 * normal() + 0.03 * child,
        face_length=1 + 0.045 * normal() - 0.06 * child,
        jaw=1 + 0.05 * normal() + (-0.03 if female else 0.04) + 0.03 * child,
        chin=1 + 0.12 * normal() + (-0.08 if female else 0.08),
        cheeks=1 + 0.25 * normal(),
        eye_distance=0.455 + 0.018 * normal(),
        eye_width=0.198 + 0.012 * normal() + 0.012 * child,
        eye_height=0.095 + 0.010 * normal() + 0.02 * child + (0.006 if female else -0.004),
        eye_tilt=0.02 + 0.022 * normal(),
        lid_fold=float(np.clip(0.07 + 0.03 * normal(), 0, 0.12)),
        iris=float(rng.choice([0.10, 0.2, 0.38], p=[0.55, 0.25, 0.20] if skin > 0.55 else [0.9, 0.1, 0])),
        brow_height=0.24 + 0.025 * normal() + (0.015 if female else -0.015) + 0.02 * child,
        brow_thickness=float(np.clip(0.078 + 0.016 * normal() + (-0.015 if female else 0.012), 0.04, 0.12)),
        brow_darkness=float(np.clip(0.78 + 0.12 * normal() - 0.15 * child - 0.15 * (hair > 0.45), 0.4, 0.95)),
        brow_arch=0.06 + 0.025 * normal() + (0.015 if female else -0.015),
        brow_length=1 + 0.08 * normal(),
        nose_length=0.64 + 0.03 * normal() - 0.06 * child + 0.02 * old,
        nose_width=float(np.clip(1 + 0.13 * normal() + 0.25 * (0.6 - skin), 0.75, 1.5)),
        nose_relief=float(np.clip(1 + 0.2 * normal() - 0.3 * child, 0.5, 1.5)),
        nose_bend=0.03 * normal(),
        nose_hump=float(np.clip(0.3 * normal(), -0.5, 0.8)),
        mouth_height=1.10 + 0.025 * normal() - 0.05 * child,
        mouth_width=0.39 + 0.025 * normal() - 0.03 * child,
        upper_lip=float(np.clip(0.083 + 0.018 * normal() + 0.06 * (0.6 - skin) - 0.025 * old, 0.03, 0.14)),
        lower_lip=float(np.clip(0.125 + 0.02 * normal() + 0.06 * (0.6 - skin) - 0.02 * old, 0.06, 0.19)),
        lip_tone=float(np.clip(0.80 + 0.06 * normal() - (0.08 if female else 0), 0.55, 0.95)),
        hair_style=style,
        hair_tone=hair,
        hair_line=-0.88 + 0.07 * normal(),
        hair_part=float(np.clip(0.4 * normal(), -0.7, 0.7)),
        beard=beard,
        beard_darkness=float(np.clip(0.55 + 0.15 * normal(), 0.25, 0.9)),
        glasses=glasses,
        wrinkles=float(np.clip(0.12 + 0.8 * old + 0.1 * normal() - 0.2 * child, 0, 1)),
        makeup=float(female and age > 16) * float(np.clip(0.4 + 0.35 * normal(), 0, 1)),
        freckles=float(rng.random() < 0.12) * float(skin > 0.55) * float(rng.random()),
        asymmetry=0.10 * normal(),
    )
