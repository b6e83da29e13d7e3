"""Films: read in constant memory, upright, past damage; written whole, whatever happens."""

import struct
import sys
import tracemalloc

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.faces.pictures import BadPicture
from helpers.inference import ExpressionRecognizer, Limits
from helpers.inference.films import measure_film, read_film, write_film
from helpers.rendering import contact_sheet
from webapp import samples

FACE = np.pad(contact_sheet(["happy"], 1, 96, photograph=False), 24, "edge")


def picture(step: int, height: int = 48, width: int = 64) -> np.ndarray:
    """A bright bar that moves on, and a red corner at the upper left."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, 20 + step : 24 + step] = 255
    pixels[:10, :14] = (250, 0, 0)
    return pixels


@pytest.fixture
def film(tmp_path):
    path = tmp_path / "film.mp4"
    with write_film(path, 10) as writer:
        for step in range(20):
            writer.write(picture(step))
    return path


def test_what_is_written_is_read(film):
    frames = list(read_film(film))
    assert [frame.number for frame in frames] == list(range(20))
    assert [frame.seconds for frame in frames] == pytest.approx(np.arange(20) / 10)
    assert all(np.abs(f.pixels.astype(int) - picture(f.number)).mean() < 12 for f in frames)
    assert measure_film(film) == (10, 20)


def test_every_nth_frame_is_read(film):
    assert [(frame.number, frame.seconds) for frame in read_film(film, 6)] == [(0, 0), (6, 0.6), (12, 1.2), (18, 1.8)]


def test_frames_may_come_at_any_time(tmp_path):
    when = [0.2, 0.3, 0.35, 0.7, 1.9]
    with write_film(tmp_path / "a.mp4", 10) as writer:
        for step, seconds in enumerate(when):
            writer.write(picture(step), seconds)
    seconds = [frame.seconds for frame in read_film(tmp_path / "a.mp4")]
    assert seconds == pytest.approx(np.subtract(when, when[0]), abs=0.002)


def test_odd_sizes_and_frames_of_another_size_are_written(tmp_path):
    with write_film(tmp_path / "a.mp4") as writer:
        for height, width in ((47, 63), (60, 80)):
            writer.write(picture(0, height, width))
    first, second = (frame.pixels for frame in read_film(tmp_path / "a.mp4"))
    assert first.shape == second.shape == (48, 64, 3)
    assert np.abs(first[:47, :63].astype(int) - picture(0, 47, 63)).mean() < 12


@pytest.mark.parametrize(
    ("turn", "corner"), [((0, 1, -1, 0), (0, -1)), ((-1, 0, 0, -1), (-1, -1)), ((0, -1, 1, 0), (-1, 0))]
)
def test_films_of_a_camera_on_its_side_are_turned_upright(film, turn, corner):
    content = bytearray(film.read_bytes())
    header = content.index(b"tkhd") + 44  # where the matrix stands
    a, b, c, d = (value << 16 for value in turn)
    content[header : header + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    film.write_bytes(content)
    pixels = next(read_film(film)).pixels
    assert pixels.shape == ((64, 48, 3) if turn[0] == 0 else (48, 64, 3))
    red, _, blue = pixels[[3, -4][corner[0]], [3, -4][corner[1]]].astype(int)
    assert red > 200 and blue < 60


@given(place=st.integers(0, 10**6), noise=st.binary(min_size=1, max_size=60), cut=st.booleans())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_damaged_films_give_frames_or_are_refused(film, place, noise, cut):
    content = bytearray(film.read_bytes())
    place %= len(content)
    content[place : len(content) if cut else place + len(noise)] = noise
    damaged = film.with_name("damaged.mp4")
    damaged.write_bytes(content)
    try:
        assert all(frame.pixels.dtype == np.uint8 for frame in read_film(damaged))
    except BadPicture as error:
        assert "damaged.mp4" in str(error)


def test_a_damaged_frame_is_passed_over(tmp_path):
    path = tmp_path / "film.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", 10)  # each frame stands for itself
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for step in range(9):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(step), format="rgb24")))
        container.mux(stream.encode())
    content = path.read_bytes()
    starts = [at for at in range(len(content)) if content.startswith(b"\xff\xd8\xff", at)]
    assert len(starts) == 9
    content = bytearray(content)
    content[starts[4] : starts[5] - 8] = bytes(starts[5] - 8 - starts[4])  # not the next chunk's header
    path.write_bytes(content)
    assert [frame.number for frame in read_film(path)] == [0, 1, 2, 3, 5, 6, 7, 8]


@pytest.mark.parametrize("content", [b"", b"no film", b"#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n"])
def test_what_is_no_film_is_refused(tmp_path, content):
    (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(BadPicture, match=r"a.mp4 is no film that can be read"):
        list(read_film(tmp_path / "a.mp4"))
    with pytest.raises(BadPicture, match=r"gone.mp4 is no film that can be read: No such file"):
        measure_film(tmp_path / "gone.mp4")


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_a_film_is_whole_when_writing_is_interrupted(film, error):
    with pytest.raises(error), write_film(film, 10) as writer:
        for step in range(7):
            writer.write(picture(step))
        assert len(list(read_film(film))) == 20  # the old one, until the new one is whole
        raise error
    assert len(list(read_film(film))) == 7
    assert list(film.parent.iterdir()) == [film]


def test_without_a_frame_nothing_is_written(film):
    before = film.read_bytes()
    with write_film(film):
        pass
    assert film.read_bytes() == before and list(film.parent.iterdir()) == [film]
    with pytest.raises(OSError), write_film(film.parent / "gone" / "a.mp4") as writer:
        writer.write(picture(0))


def test_without_pyav_it_is_said_what_to_do(film, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)  # cannot be imported
    with pytest.raises(BadPicture, match=r"film.mp4 is a film, .* pip install '.\[film\]'"):
        next(read_film(film))


@pytest.fixture(scope="module")
def moving(tmp_path_factory):
    """300 frames in which a face goes to and fro."""
    path = tmp_path_factory.mktemp("films") / "moving.mp4"
    with write_film(path, 25) as writer:
        for step in range(300):
            scene = np.full((180, 240), 120, np.uint8)
            left = 10 + abs(step % 160 - 80)
            scene[20:164, left : left + 144] = FACE
            writer.write(np.repeat(scene[..., None], 3, axis=2))
    return path


def test_memory_does_not_grow_with_the_film(moving):
    reader = ExpressionRecognizer().tracking().read(moving)
    held = {}
    tracemalloc.start()
    for frame, faces in reader:
        assert [face.track for face in faces] == [1], frame.number
        if frame.number in (60, 290):
            held[frame.number] = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert held[290] < held[60] + 300_000  # a frame takes 130,000 bytes


def test_limits_of_films_are_kept_and_told(moving):
    told = []
    for limits, count in ((Limits(max_frames=7), 7), (Limits(max_seconds=0.4), 5)):
        limits = Limits(max_frames=limits.max_frames, max_seconds=limits.max_seconds, tell=told.append)
        assert len(list(ExpressionRecognizer(limits=limits).tracking(2).read(moving))) == count
    assert told == [f"{moving}: only 7 frames are read", f"{moving}: only the first 0.4 seconds are read"]


def test_frames_are_read_as_they_are_and_mirrored_by_turns(monkeypatch):
    picture = np.pad(samples.draw("happy"), 60, "edge")
    recognizer = ExpressionRecognizer()
    crops, read = [], recognizer.predict_proba

    def noted(faces, mirrored=None):
        crops.append((faces, mirrored))
        return read(faces, mirrored)

    monkeypatch.setattr(recognizer, "predict_proba", noted)
    smoothed, raw = recognizer.tracking(smooth=0.3), recognizer.tracking(smooth=0)
    for _ in range(2):
        smoothed(picture)
    assert [mirrored for _, mirrored in crops] == [False, False]
    (one, _), (other, _) = crops
    straight, mirrored = (np.abs(one[0].astype(int) - view).mean() for view in (other[0], other[0][:, ::-1]))
    assert mirrored < straight
    raw(picture)
    assert crops[-1][1] is None  # both views at once


def test_scores_are_smoothed_over_seconds(moving):
    recognizer = ExpressionRecognizer(mirrored=False)
    raw, smooth = (
        np.array([[*faces[0].scores.values()] for _, faces in recognizer.tracking(5, tau).read(moving)])
        for tau in (0, 1.0)
    )
    expected = [raw[0]]
    for now in raw[1:]:  # 0.2 seconds later
        expected.append(expected[-1] + (1 - np.exp(-0.2)) * (now - expected[-1]))
    np.testing.assert_allclose(smooth, expected, atol=1e-5)
    np.testing.assert_allclose(smooth.sum(axis=1), 1, atol=1e-5)
    assert np.abs(np.diff(smooth, axis=0)).mean() < np.abs(np.diff(raw, axis=0)).mean() / 2
