"""Picture files of any kind and size. In: a file's bytes. Out: 48 x 48 grey pixels."""

import io

import cv2
import numpy as np
from PIL import Image, ImageOps

from helpers.config import SIDE
from helpers.faces import DataError

#: Names of picture files end like this.
ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".pgm", ".ppm")


def is_picture(name: str) -> bool:
    """Return whether a file of this name is a picture (and not one of macOS' shadow files)."""
    return name.lower().endswith(ENDINGS) and not name.rsplit("/", 1)[-1].startswith(".")


def to_face(data: bytes, where: str) -> np.ndarray:
    """Decode a picture and bring it to 48 x 48 grey pixels.

    A picture that is not square is cut to the square in its middle. Shrinking averages over the
    area of each new pixel, so that nothing flickers; enlarging interpolates.

    Parameters
    ----------
    data : bytes
        The picture file.
    where : str
        What to call it in messages.
    """
    try:
        with Image.open(io.BytesIO(data)) as picture:
            grey = _grey(ImageOps.exif_transpose(picture))
    except Exception as error:  # a decoder can fail in any way it likes
        kind = type(error).__name__
        problem = "is empty" if not data else f"does not decode as a picture ({kind})"
        raise DataError(f"{where} {problem}: delete it or download it again") from error
    height, width = grey.shape
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = grey[top : top + side, left : left + side]
    if side == SIDE:
        return square
    how = cv2.INTER_AREA if side > SIDE else cv2.INTER_CUBIC
    return cv2.resize(square, (SIDE, SIDE), interpolation=how)


def _grey(picture: Image.Image) -> np.ndarray:
    if picture.mode.startswith("I;16"):  # convert() would clip these at 255 instead of scaling
        return (np.asarray(picture).astype(np.uint16) >> 8).astype(np.uint8)
    return np.asarray(picture if picture.mode == "L" else picture.convert("L"))
