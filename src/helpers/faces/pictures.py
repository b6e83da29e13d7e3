"""Read any picture. In: a path, bytes, a file, a Pillow picture, an array. Out: pixels, uint8.

The one reader of the project: what a user uploads and what a data set holds go the same way.
"""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from helpers.config import IMAGE_SIZE
from helpers.faces.base import DataError

#: Larger pictures are refused before they are decoded: a small file can hold a huge one.
MAX_PIXELS = 60_000_000
ORIENTATION = 0x0112  # the EXIF tag
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
#: Names of picture files end like this.
ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".ppm", ".pgm"}


class BadPicture(ValueError):
    """Something that cannot be read as a picture; the message says why."""


class TooLarge(BadPicture):
    """A picture with more pixels than are read."""


def is_picture(name: str | Path) -> bool:
    """Return whether a file of this name is a picture (and not one of macOS' shadow files)."""
    file = Path(name)
    return file.suffix.lower() in ENDINGS and not file.name.startswith(".")


def read_picture(source, max_pixels: int | None = None) -> np.ndarray:
    """Read a picture as people see it: upright, the first of an animation, on white if it is clear.

    Parameters
    ----------
    source : str, Path, bytes, file, Image or ndarray
        An array is grey (h x w) or colour (h x w x 3 or 4), 8 or 16 bits.
    max_pixels : int, optional
        Larger pictures are refused before they are decoded; MAX_PIXELS if None.

    Returns
    -------
    ndarray
        h x w x 3, uint8.

    Raises
    ------
    BadPicture
        If it is none or is cut off; `TooLarge` if it has more than `max_pixels` pixels.

    Examples
    --------
    >>> read_picture(np.full((2, 3), 7, np.uint8)).shape
    (2, 3, 3)
    """
    most = max_pixels or MAX_PIXELS
    return _of_array(source, most) if isinstance(source, np.ndarray) else _decoded(source, "RGB", most)


def to_grey(pixels: np.ndarray) -> np.ndarray:
    """Give the luma (ITU-R BT.601) of RGB pixels: uint8, h x w."""
    return np.asarray(_shared(pixels).convert("L"))


def to_face(data: bytes, where: str, box: Sequence[float] | None = None) -> np.ndarray:
    """Decode a picture file and bring it to 48 x 48 grey pixels; messages call it `where`.

    Of `box` (left, top, right, bottom), or else of the picture, the square in its middle is taken.
    """
    try:
        grey = _decoded(data, "L", MAX_PIXELS)
    except BadPicture as error:
        reason = str(error).removeprefix("the picture ")
        raise DataError(f"{where} {reason}: delete it or download it again") from error
    if box is not None:
        grey = _inside(grey, box, where)
    height, width = grey.shape
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return to_face_size(grey[top : top + side, left : left + side])


def _inside(grey: np.ndarray, box: Sequence[float], where: str) -> np.ndarray:
    left, top, right, bottom = (round(float(edge)) for edge in box)
    cut = grey[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    if not cut.size:
        height, width = grey.shape
        raise DataError(f"{where}: the box {left}, {top}, {right}, {bottom} lies outside its {width} x {height} pixels")
    return cut


def to_face_size(square: np.ndarray) -> np.ndarray:
    """Resize a square grey picture: shrinking averages over areas, enlarging interpolates."""
    if square.shape == (IMAGE_SIZE, IMAGE_SIZE):
        return square
    if square.shape[0] < IMAGE_SIZE:
        return np.asarray(Image.fromarray(square).resize((IMAGE_SIZE, IMAGE_SIZE), Image.Resampling.BICUBIC))
    return np.rint(_row_means(_row_means(square).T).T).astype(np.uint8)


def scaled(picture: np.ndarray, scale: float) -> np.ndarray:
    """Make a picture so many times as large; nothing that lies between the pixels is left out."""
    height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
    if (height, width) == picture.shape[:2]:
        return picture
    return np.asarray(_shared(picture).resize((width, height), Image.Resampling.BILINEAR, reducing_gap=1.0))


def _shared(pixels: np.ndarray) -> Image.Image:
    """Give Pillow pixels to read from, without the copy that `Image.fromarray` makes."""
    mode, (height, width) = ("L", "RGB")[pixels.ndim - 2], pixels.shape[:2]
    return Image.frombuffer(mode, (width, height), np.ascontiguousarray(pixels), "raw", mode, 0, 1)


def _row_means(picture: np.ndarray) -> np.ndarray:
    """Average rows down to 48, parts of rows included: Pillow's filters weigh whole pixels only."""
    edges = np.linspace(0, len(picture), IMAGE_SIZE + 1)
    row = edges.astype(int)
    part = (edges - row)[:, None] * picture[np.minimum(row, len(picture) - 1)]
    sums = np.add.reduceat(picture, row[:-1], axis=0, dtype=float) + np.diff(part, axis=0)
    return sums * (IMAGE_SIZE / len(picture))


def _decoded(source, mode: str, most: int) -> np.ndarray:
    """Decode anything but an array to ``RGB`` or ``L``; more than `most` pixels are refused."""
    name = str(source) if isinstance(source, (str, Path)) else "the picture"
    try:
        picture = source if isinstance(source, Image.Image) else _opened(source, name)
        _check_size(*picture.size, name, most)
        return _converted(picture, mode)
    except UnidentifiedImageError as error:
        raise BadPicture(f"{name} is no picture ({', '.join(FORMATS)} are read)") from error
    except Image.DecompressionBombError as error:
        raise TooLarge(f"{name} has too many pixels (at most {most:,})") from error
    except BadPicture:
        raise
    except Exception as error:  # decoders raise what they like on a spoilt file
        raise BadPicture(f"{name} is cut off or damaged: {error}") from error


def _opened(source, name: str) -> Image.Image:
    try:
        if isinstance(source, (str, Path)):
            source = Path(source).read_bytes()
        elif hasattr(source, "read"):
            source = source.read()
    except OSError as error:
        raise BadPicture(f"{name} cannot be read: {error.strerror or error}") from error
    if not isinstance(source, (bytes, bytearray, memoryview)):
        raise BadPicture(f"a {type(source).__name__} is no picture: give a path, bytes or an array")
    if not source:
        raise BadPicture(f"{name} is empty")
    return Image.open(BytesIO(source), formats=FORMATS)


def _check_size(width: int, height: int, name: str, most: int) -> None:
    if width * height > most:
        raise TooLarge(f"{name} has {width} x {height} pixels; at most {most:,} are read")


def _converted(picture: Image.Image, mode: str) -> np.ndarray:
    if picture.getexif().get(ORIENTATION, 1) != 1:
        picture = ImageOps.exif_transpose(picture)
    if picture.mode.startswith("I") or picture.mode == "F":
        picture = Image.fromarray(_eight_bits(np.asarray(picture)))
    if picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    return np.array(picture if picture.mode == mode else picture.convert(mode))


def _eight_bits(grey: np.ndarray) -> np.ndarray:
    """Bring whole numbers of 16 bits, or fractions from 0 to 1, down to 8 bits."""
    if grey.dtype.kind == "f" and grey.max() <= 1:
        return (np.clip(grey, 0, 1) * 255).astype(np.uint8)
    most = np.clip(grey, 0, 65535)
    return (most if most.max() <= 255 else most // 257).astype(np.uint8)


def _of_array(pixels: np.ndarray, most: int) -> np.ndarray:
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    if pixels.size == 0 or not (pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] in (3, 4))):
        shape = " x ".join(map(str, pixels.shape))
        raise BadPicture(f"an array of shape {shape} is no picture: h x w, or h x w x 3 or 4")
    _check_size(pixels.shape[1], pixels.shape[0], "the array", most)
    if pixels.dtype == np.uint16:
        pixels = (pixels // 257).astype(np.uint8)
    if pixels.dtype != np.uint8:
        raise BadPicture(f"an array of {pixels.dtype} is no picture: uint8 or uint16, please")
    if pixels.ndim == 2:
        return np.repeat(pixels[..., None], 3, axis=2)
    return pixels if pixels.shape[2] == 3 else _converted(Image.fromarray(pixels), "RGB")
