"""Draw what was recognised onto a picture. In: RGB and faces. Out: RGB."""

from collections.abc import Mapping

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont

from helpers.inference.recognizer import RecognizedFace

#: For a class without a colour.
PLAIN = "#0072B2"


def annotate(pixels: np.ndarray, faces: list[RecognizedFace], colours: Mapping[str, str]) -> np.ndarray:
    """Frame each face and write its likeliest class above, or below where there is no room.

    `pixels` are RGB, uint8, h x w x 3; `faces` have the largest first; `colours` maps a class to its colour, and
    classes that it lacks share one.
    """
    picture = Image.fromarray(pixels)
    draw = ImageDraw.Draw(picture)
    line = max(2, round(min(picture.size) / 240))
    for face in reversed(faces):  # the largest last, on top
        name, _, score = face.top[0]
        box, colour = face.box, colours.get(name, PLAIN)
        font = ImageFont.load_default(max(11, min(box.width / 7, min(picture.size) / 16)))
        right, bottom = box.left + box.width, box.top + box.height
        draw.rectangle((box.left, box.top, right, bottom), outline=colour, width=line)
        text = f"{name} {score:.0%}"
        width, height = draw.textbbox((0, 0), text, font)[2:]
        left = max(0, min(box.left, picture.width - width - 8))
        top = box.top - height - 6 if box.top > height + 6 else min(bottom, picture.height - height)
        draw.rectangle((left, top, left + width + 8, top + height + 6), fill=colour)
        draw.text((left + 4, top + 2), text, _ink_on(colour), font)
    return np.array(picture)


def _ink_on(colour: str) -> str:
    """Black or white, whichever has more contrast by WCAG's measure."""
    linear = (np.array(ImageColor.getrgb(colour)) / 255) ** 2.2
    return "black" if linear @ (0.2126, 0.7152, 0.0722) > 0.179 else "white"
