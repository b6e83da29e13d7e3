"""Read and write films with PyAV, which the extra `film` brings. In: a path. Out: RGB frames; and back."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np

from helpers.faces.pictures import BadPicture

#: Names of films end like this.
ENDINGS = {".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".mjpeg"}
#: Frames a second where a film does not say.
RATE = 25.0
#: The first of these that is there writes films, with these options.
ENCODERS = {"libx264": {"preset": "veryfast", "crf": "20"}, "libopenh264": {}, "mpeg4": {"qscale": "3"}}
#: Written films count time in so many parts of a second.
TICKS = 1000


class Frame(NamedTuple):
    """A frame of a film: which it is, when it is shown, RGB (uint8, h x w x 3)."""

    number: int
    seconds: float
    pixels: np.ndarray


def is_film(name: str | Path) -> bool:
    """Return whether a file of this name is a film."""
    return Path(name).suffix.lower() in ENDINGS and not Path(name).name.startswith(".")


def measure_film(path: Path) -> tuple[float, int]:
    """Give a film's frames a second and how many it says it has, 0 if it does not."""
    with _opened(path) as (_, stream):
        rate = float(stream.average_rate or stream.guessed_rate or RATE)
        length = float((stream.duration or 0) * (stream.time_base or 0))
        return rate, stream.frames or round(length * rate)


def read_film(path: Path, every: int = 1) -> Iterator[Frame]:
    """Give every Nth frame of a film, upright; frames that are damaged are passed over.

    Memory does not grow with the film.

    Raises
    ------
    BadPicture
        If it is no film, holds no frame that can be read, or PyAV is missing.
    """
    start = None
    with _opened(path) as (container, stream):
        rate = float(stream.average_rate or RATE)
        for number, frame in enumerate(_decoded(container, stream)):
            if frame is None or frame.is_corrupt:
                continue
            seconds = number / rate if frame.time is None else frame.time
            start = seconds if start is None else start
            if number % every == 0:
                # The camera was held on its side: by so many degrees, counterclockwise.
                pixels = np.rot90(frame.to_ndarray(format="rgb24"), round(frame.rotation / 90))
                yield Frame(number, seconds - start, np.ascontiguousarray(pixels))
    if start is None:
        raise BadPicture(f"{path} holds no frame that can be read")


@contextmanager
def write_film(path: Path, rate: float = RATE) -> Iterator["FilmWriter"]:
    """Write a film (MP4) that is whole also when the block is left by an error or by Ctrl-C.

    It has its name when it is closed; the file of that name stays until then. Without a frame there is no film.
    """
    part = path.with_name(f".{path.stem}-{secrets.token_hex(4)}.part{path.suffix}")
    try:
        writer = FilmWriter(part, rate)
        try:
            yield writer
        finally:
            writer.close()
            if writer.frames:
                os.replace(part, path)  # noqa: PTH105 - in one step, also on Windows
    finally:
        part.unlink(missing_ok=True)


class FilmWriter:
    """A film that is being written; `frames` says how many frames it has so far."""

    def __init__(self, path: Path, rate: float):
        av = _pyav(path)
        self._name = next(name for name in ENCODERS if name in av.codecs_available)
        self._container = av.open(f"file:{path}", "w", format="mp4")
        self._stream, self._rate, self._last, self.frames = None, rate, -1, 0
        self._frame_of = av.VideoFrame.from_ndarray

    def write(self, pixels: np.ndarray, seconds: float | None = None) -> None:
        """Add a frame (RGB, uint8, h x w x 3), shown at `seconds`; the first one's size is the film's."""
        height, width = pixels.shape[:2]
        pixels = np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), "edge")  # encoders want even sizes
        if self._stream is None:
            rate = Fraction(self._rate).limit_denominator(1001)
            self._stream = self._container.add_stream(self._name, rate, options=dict(ENCODERS[self._name]))
            self._stream.height, self._stream.width = pixels.shape[:2]
            self._stream.pix_fmt, self._stream.time_base = "yuv420p", Fraction(1, TICKS)
            self._stream.codec_context.time_base = Fraction(1, TICKS)
        frame = self._frame_of(np.ascontiguousarray(pixels), format="rgb24")
        frame = frame.reformat(self._stream.width, self._stream.height, "yuv420p")
        seconds = self.frames / self._rate if seconds is None else seconds
        frame.pts = self._last = max(self._last + 1, round(seconds * TICKS))
        frame.time_base = Fraction(1, TICKS)
        self._container.mux(self._stream.encode(frame))
        self.frames += 1

    def close(self) -> None:
        """Write what is left."""
        try:
            if self._stream is not None:
                self._container.mux(self._stream.encode())
        finally:
            self._container.close()


@contextmanager
def _opened(path: Path) -> Iterator[tuple]:
    av = _pyav(path)
    try:
        # A film could name others, in the network too: only files are opened.
        container = av.open(f"file:{path}", options={"protocol_whitelist": "file"}, metadata_errors="replace")
    except (av.FFmpegError, OSError) as error:
        raise BadPicture(f"{path} is no film that can be read: {error.strerror or error}") from error
    with container:
        if not container.streams.video:
            raise BadPicture(f"{path} is no film that can be read: it has no pictures")
        stream = container.streams.video[0]
        stream.thread_type = "SLICE"  # several frames at a time would lose those beside a damaged one
        yield container, stream


def _decoded(container, stream) -> Iterator:
    """Give the frames, and None for one that cannot be decoded."""
    import av

    packets = container.demux(stream)
    while True:
        packet = None
        with suppress(av.FFmpegError):  # cut off
            packet = next(packets, None)
        if packet is None:
            return
        try:
            yield from packet.decode()
        except av.FFmpegError:
            yield None


def _pyav(path: Path):
    try:
        import av
    except ModuleNotFoundError as error:
        raise BadPicture(
            f"{path} is a film, and films need the package av: in the project's folder, pip install '.[film]' adds it"
        ) from error
    return av
