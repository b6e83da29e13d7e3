"""From any picture to expressions: reading pictures, finding faces, naming what they show."""

import io
import json
import subprocess
import sys

import cv2
import layouts
import numpy as np
import pytest
from PIL import Image

from helpers.faces import EXPRESSIONS, pictures
from helpers.inference import BadPicture, Box, ExpressionRecognizer, Limits, NoModel, TooLarge, read_picture
from helpers.inference.crops import Frame, crop
from helpers.inference.recognizer import DEFAULT
from webapp import samples

skimage_data = pytest.importorskip("skimage.data")


@pytest.fixture(scope="module")
def recognizer():
    return ExpressionRecognizer()


@pytest.fixture(scope="module")
def astronaut():
    return skimage_data.astronaut()


def encoded(pixels: np.ndarray, form: str, **options) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, form, **options)
    return file.getvalue()


def test_astronaut_is_one_happy_face(recognizer, astronaut):
    (face,) = recognizer(astronaut)
    assert face.top[0][:2] == ("happy", "😀")
    assert sum(face.scores.values()) == pytest.approx(1, abs=1e-5)
    assert set(face.scores) == set(EXPRESSIONS.classes)
    middle = face.box.left + face.box.width / 2, face.box.top + face.box.height / 2
    assert middle == pytest.approx((224, 112), abs=20)  # where her nose is


@pytest.mark.parametrize("name", ["coffee", "brick"])
def test_no_face_is_an_empty_list(recognizer, name):
    assert recognizer(getattr(skimage_data, name)()) == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (2000, 2), (23, 23), (30, 400)])
def test_pictures_too_small_for_a_face_have_none(recognizer, shape):
    assert recognizer(np.full(shape, 128, np.uint8)) == []


def test_a_folder_of_the_models_name_is_in_nobodys_way(tmp_path, monkeypatch):
    (tmp_path / DEFAULT).mkdir()
    monkeypatch.chdir(tmp_path)
    assert ExpressionRecognizer(DEFAULT).about["name"] == DEFAULT
    with pytest.raises(NoModel, match=r"model.json and model.onnx"):
        ExpressionRecognizer(tmp_path / DEFAULT)


def test_several_faces_come_largest_first(recognizer):
    large, small = samples.draw("happy"), Image.fromarray(samples.draw("surprise")).resize((160, 160))
    both = np.full((360, 560), 128, np.uint8)
    both[:320, :320], both[40:200, 370:530] = large, np.asarray(small)
    faces = recognizer(both)
    assert [face.top[0][0] for face in faces] == ["happy", "surprise"]
    assert faces[0].box.width > faces[1].box.width


def test_rendered_expressions_are_read(recognizer):
    """A model that learnt from photographs reads most of the rendered faces."""
    read = {name: recognizer(samples.draw(name)) for name in EXPRESSIONS.classes}
    assert all(len(faces) == 1 for faces in read.values())
    assert sum(faces[0].top[0][0] == name for name, faces in read.items()) >= 5


def test_scores_of_cropped_faces(recognizer):
    faces = np.random.default_rng(0).integers(0, 256, (3, 48, 48), np.uint8)
    scores = recognizer.predict_proba(faces)
    assert scores.shape == (3, 7)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(recognizer.predict_proba(faces[1:2])[0], scores[1], atol=1e-5)
    assert recognizer.predict_proba(faces[:0]).shape == (0, 7)
    with pytest.raises(ValueError, match=r"n x 48 x 48 uint8, not \(3, 48, 47\)"):
        recognizer.predict_proba(faces[..., :47])


@pytest.mark.parametrize(
    ("form", "options"),
    [("PNG", {}), ("JPEG", {"quality": 95}), ("WEBP", {"lossless": True}), ("BMP", {}), ("TIFF", {})],
)
def test_formats_are_read(form, options):
    pixels = np.tile(np.arange(0, 240, 10, np.uint8)[:, None, None], (1, 30, 3))
    read = read_picture(encoded(pixels, form, **options))
    assert read.shape == pixels.shape and read.dtype == np.uint8
    assert np.abs(read.astype(int) - pixels).max() <= 3


def test_paths_files_pictures_and_arrays_are_read(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    path = tmp_path / "a.png"
    Image.fromarray(pixels).save(path)
    with path.open("rb") as file:
        sources = [path, str(path), path.read_bytes(), file, Image.open(path), pixels]
        for source in sources:
            np.testing.assert_array_equal(read_picture(source), pixels)


def test_pictures_are_turned_upright():
    pixels = np.zeros((10, 20, 3), np.uint8)
    pixels[:, :10] = 250
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its side
    turned = read_picture(encoded(pixels, "PNG", exif=exif))
    assert turned.shape == (20, 10, 3)
    assert turned[:10].min() == 250 and turned[10:].max() == 0


def test_unusual_pixels_are_read():
    grey = np.linspace(0, 65535, 200).astype(np.uint16).reshape(10, 20)
    assert np.abs(read_picture(encoded(grey, "PNG"))[..., 0] - grey / 257).max() <= 1
    assert np.abs(read_picture(grey)[..., 0] - grey / 257).max() <= 1
    fractions = Image.fromarray(np.linspace(0, 1, 200, dtype=np.float32).reshape(10, 20))
    file = io.BytesIO()
    fractions.save(file, "TIFF")
    assert np.abs(read_picture(file.getvalue())[..., 0] - grey / 257).max() <= 1
    clear = np.zeros((4, 5, 4), np.uint8)
    assert (read_picture(encoded(clear, "PNG")) == 255).all()  # on white
    assert (read_picture(clear) == 255).all()
    cmyk = Image.new("CMYK", (6, 7), (0, 255, 255, 0))
    file = io.BytesIO()
    cmyk.save(file, "JPEG")
    red = read_picture(file.getvalue()).mean(axis=(0, 1))
    assert red[0] > 200 and red[1:].max() < 60
    frames = [Image.new("P", (8, 9), colour) for colour in (0, 1)]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    assert read_picture(file.getvalue()).shape == (9, 8, 3)


def test_spoilt_pictures_are_clear_errors(tmp_path, monkeypatch):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    whole = encoded(noise, "JPEG")
    with pytest.raises(BadPicture, match="cut off or damaged"):
        read_picture(whole[: len(whole) // 2])
    with pytest.raises(BadPicture, match="is empty"):
        read_picture(b"")
    text = tmp_path / "text.jpg"
    text.write_text("I am no picture")
    with pytest.raises(BadPicture, match=r"text.jpg is no picture"):
        read_picture(text)
    with pytest.raises(BadPicture, match=r"gone.png cannot be read: No such file"):
        read_picture(tmp_path / "gone.png")
    with pytest.raises(BadPicture, match="an array of float64 is no picture"):
        read_picture(np.zeros((4, 4)))
    with pytest.raises(BadPicture, match="an array of shape 4 is no picture"):
        read_picture(np.zeros(4, np.uint8))
    with pytest.raises(BadPicture, match="a dict is no picture"):
        read_picture({})
    monkeypatch.setattr(pictures, "MAX_PIXELS", 1000)
    with pytest.raises(BadPicture, match="64 x 64 pixels; at most 1,000 are read"):
        read_picture(whole)


def test_bomb_is_refused_before_it_is_decoded():
    for side in (8_000, 20_000):  # the larger one Pillow itself refuses
        with pytest.raises(BadPicture, match="pixels"):
            read_picture(layouts.png_that_claims(side))


def test_crop_repeats_the_edge_outside_of_the_picture():
    grey = np.arange(100, dtype=np.uint8).reshape(10, 10)
    face = crop(grey, Box(-5, -5, 20, 20), Frame(1))
    assert face.shape == (48, 48)
    assert face[0, 0] == grey[0, 0] and face[-1, -1] == grey[-1, -1]


def test_shrinking_averages_over_areas_as_opencv_does():
    rng = np.random.default_rng(0)
    for side in (49, 53, 96, 100, 144, 331):
        square = rng.integers(0, 256, (side, side), np.uint8)
        expected = cv2.resize(square, (48, 48), interpolation=cv2.INTER_AREA)
        assert np.abs(pictures.to_face_size(square).astype(int) - expected).max() <= 1
    small = np.tile(np.arange(0, 240, 10, np.uint8), (24, 1))
    expected = cv2.resize(small, (48, 48), interpolation=cv2.INTER_CUBIC)
    assert np.abs(pictures.to_face_size(small).astype(int) - expected).mean() < 2


def test_a_turned_face_at_the_edge_repeats_the_edge():
    grey = np.full((60, 80), 90, np.uint8)
    for box in (Box(-30, -40, 90, 90, 1.0, 45), Box(200, 300, 40, 40, 1.0, 45)):
        assert np.unique(crop(grey, box)).tolist() == [90]


def test_many_pictures_are_read_in_order_and_not_far_ahead(recognizer, tmp_path):
    (tmp_path / "no.png").write_text("no picture")
    happy, nobody = samples.draw("happy"), np.full((80, 90), 128, np.uint8)
    sources = [happy, nobody, tmp_path / "no.png", *[happy[:, ::-1].copy(), nobody] * 6]
    taken = []

    def come():
        for number, source in enumerate(sources):
            taken.append(number)
            yield source

    results = recognizer.recognize_many(come(), batch=2, return_exceptions=True)
    first, second, third = (next(results) for _ in range(3))
    assert len(taken) <= 7
    assert first[0].scores == pytest.approx(recognizer(happy)[0].scores, abs=1e-5)
    assert second == [] and isinstance(third, BadPicture)
    assert [len(faces) for faces in results] == [1, 0] * 6
    with pytest.raises(BadPicture, match=r"no.png is no picture"):
        list(recognizer.recognize_many(sources, batch=2))
    assert list(recognizer.recognize_many([])) == []


def test_an_error_of_a_finder_is_not_swallowed():
    def broken(grey):
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        list(ExpressionRecognizer(find=broken).recognize_many([np.zeros((9, 9), np.uint8)], return_exceptions=True))


def test_limits_are_kept_and_what_is_left_out_is_told():
    def three(grey):
        return [Box(0, 0, side, side) for side in (30, 20, 10)]

    told = []
    recognizer = ExpressionRecognizer(find=three, limits=Limits(max_faces=2, max_pixels=5000, tell=told.append))
    assert [face.box.width for face in recognizer(np.zeros((50, 60), np.uint8))] == [30, 20]
    assert told == ["the picture has 3 faces: only the largest 2 are read"]
    with pytest.raises(TooLarge, match="at most 5,000"):
        recognizer(np.zeros((80, 90), np.uint8))


def test_a_model_that_is_not_there():
    with pytest.raises(NoModel, match="fer export"):
        ExpressionRecognizer("nobody")


def test_recognition_needs_no_keras_and_starts_at_once():
    code = "import sys, helpers.inference; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", f"import json; {code}"], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in json.loads(done.stdout)}
    assert not loaded & {"keras", "tensorflow", "torch", "jax", "matplotlib", "sklearn", "pandas", "scipy"}
