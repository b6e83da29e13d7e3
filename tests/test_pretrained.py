"""Networks that have seen ImageNet: where their weights come from, and training in two stages."""

import numpy as np
import pytest

from helpers.evaluation import runs
from helpers.rendering import rendered_faces
from helpers.training.experiments import EXPERIMENTS, STRONG, Experiment, Stage

keras = pytest.importorskip("keras")
h5py = pytest.importorskip("h5py")

from keras.src.applications.densenet import DenseNet  # noqa: E402

from helpers.models import build, pretrained  # noqa: E402
from helpers.training import loop  # noqa: E402

IMAGE_SIZE = 48
BUILDERS = {"vgg16": keras.applications.VGG16, "densenet121": keras.applications.DenseNet121}


def body_of(model):
    return model.get_layer("body")


def write_legacy(network, path):
    """Write weights as the files that Keras downloads hold them: a group for each layer."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in network.layers]
        file.attrs["backend"] = b"tensorflow"
        file.attrs["keras_version"] = b"2.1.4"
        for layer in network.layers:
            group = file.create_group(layer.name)
            names = [f"{layer.name}/{weight.name}:0" for weight in layer.weights]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, value in zip(names, layer.get_weights(), strict=True):
                group.create_dataset(name, data=value)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder of files named as Keras names them, and what is in each."""
    folder, values = tmp_path_factory.mktemp("imagenet"), {}
    for number, (name, builder) in enumerate(BUILDERS.items()):
        keras.utils.set_random_seed(number)
        network = builder(include_top=False, weights=None)
        random = np.random.default_rng(number)
        for weight in network.weights:
            if len(weight.shape) == 1:  # scales, offsets, statistics: no two alike, none zero
                weight.assign(random.uniform(0.5, 1.5, weight.shape))
        values[name] = network.get_weights()
        write_legacy(network, folder / pretrained._NETWORKS[name][1])
    return folder, values


@pytest.fixture(autouse=True)
def nothing_is_downloaded(monkeypatch, tmp_path):
    def refuse(*arguments, **options):
        raise OSError("no network")

    monkeypatch.delenv("FER_IMAGENET", raising=False)
    monkeypatch.setattr("helpers.models.starts.FOLDER", tmp_path / "starts")
    for module in ("vgg16", "vgg19", "densenet"):
        monkeypatch.setattr(f"keras.src.applications.{module}.file_utils.get_file", refuse)


def assert_same(weights, others):
    assert len(weights) == len(others)
    for one, other in zip(weights, others, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("name", "place"), [("vgg16", "file"), ("vgg16", "folder"), ("vgg16", "cache"), ("densenet121", "folder")]
)
def test_weights_arrive_in_the_model(name, place, files, tmp_path, monkeypatch):
    folder, values = files
    path = folder / pretrained._NETWORKS[name][1]
    if place == "cache":
        (tmp_path / "models").mkdir()
        (tmp_path / "models" / path.name).symlink_to(path)
        monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    else:
        monkeypatch.setenv("FER_IMAGENET", str(path if place == "file" else folder))
    model = build(name, 7, image_size=IMAGE_SIZE)
    assert_same(body_of(model).get_weights(), values[name])
    head, tail = EXPERIMENTS[name].stages
    loop._choose_layers(model, head.trainable_from)
    assert len(model.trainable_weights) == 4  # kernels and offsets of two dense layers
    loop._choose_layers(model, tail.trainable_from)
    assert 4 < len(model.trainable_weights) < 4 + len(body_of(model).weights)


def test_random_start_asks_for_no_file(monkeypatch, tmp_path):
    monkeypatch.setenv("FER_IMAGENET", str(tmp_path / "nothing.h5"))
    assert build("vgg16", 7, image_size=IMAGE_SIZE, weights="random").name == "vgg16"


def test_file_of_another_network_is_refused(files, monkeypatch):
    folder, _ = files
    monkeypatch.setenv("FER_IMAGENET", str(folder / pretrained._NETWORKS["vgg16"][1]))
    with pytest.raises(pretrained.NoWeights, match="Layer count mismatch"):
        build("densenet121", 7, image_size=IMAGE_SIZE)


@pytest.mark.parametrize("name", ["vgg16", "vgg19"])
def test_without_network_and_cache_nothing_is_built(name, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(pretrained.NoWeights, match="could not be downloaded") as caught:
        build(name, 7, image_size=IMAGE_SIZE)
    message = str(caught.value)
    assert "no network" in message and pretrained._NETWORKS[name][1] in message
    assert "FER_IMAGENET" in message and "weights='random'" in message


TWO_STAGES = Experiment(
    "two_stages",
    "densenet121",
    (Stage(1, 1e-3, "head"), Stage(2, 1e-3, EXPERIMENTS["densenet121"].stages[1].trainable_from)),
    options={"image_size": 32, "units": 8},
    augmentation=STRONG,
    schedule="cosine",
    batch_size=7,
)


@pytest.fixture(scope="module")
def shallow(tmp_path_factory):
    """DenseNet with one layer in each of its blocks, and a file of weights for it."""

    def builder(**options):
        return DenseNet([1, 1, 1, 1], **options)

    folder = tmp_path_factory.mktemp("shallow")
    _, name, preparation = pretrained._NETWORKS["densenet121"]
    keras.utils.set_random_seed(5)
    write_legacy(builder(include_top=False, weights=None), folder / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(pretrained._NETWORKS, "densenet121", (builder, name, preparation))
        yield folder


@pytest.fixture(autouse=True)
def weights_are_found(request, monkeypatch, nothing_is_downloaded):
    if "shallow" in request.fixturenames:
        monkeypatch.setenv("FER_IMAGENET", str(request.getfixturevalue("shallow")))


@pytest.fixture(scope="module")
def faces():
    return rendered_faces((14, 7, 7), progress=False, cache=False)


@pytest.fixture(scope="module")
def stages(shallow, faces, tmp_path_factory):
    """The run, and the body's weights by layer: before it, and after each of its epochs."""
    folder = tmp_path_factory.mktemp("stages")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_IMAGENET", str(shallow))
        bodies = [weights_by_layer(build("densenet121", 7, **TWO_STAGES.options))]

        def remember(epoch, logs):
            kept = runs.checkpoint_dir("two_stages", 0, folder / "results")
            kept /= f"epoch{epoch + 1:04d}.keras"
            bodies.append(weights_by_layer(keras.models.load_model(kept, compile=False)))

        watch = [keras.callbacks.LambdaCallback(on_epoch_end=remember)]
        return trained(faces, folder, callbacks=watch), bodies


def trained(faces, folder, **options):
    return loop.train(TWO_STAGES, faces, results=folder / "results", **options)


def weights_by_layer(model):
    return {layer.name: layer.get_weights() for layer in body_of(model).layers if layer.weights}


def test_first_stage_leaves_the_whole_body_as_it_was(stages):
    start, head, *_ = stages[1]
    for name, weights in start.items():  # with the statistics of its batch normalisation
        assert_same(weights, head[name])


def test_second_stage_changes_the_body_from_the_named_layer_on(stages):
    _, head, _, whole = stages[1]
    names = list(head)
    first = names.index(TWO_STAGES.stages[1].trainable_from)
    assert 0 < first < len(names)
    for name in names[:first]:
        assert_same(head[name], whole[name])
    for name in names[first:]:
        for one, other in zip(head[name], whole[name], strict=True):
            assert not np.array_equal(one, other), name


def test_interrupted_it_resumes_to_the_same_end(stages, faces, tmp_path, monkeypatch):
    def interrupt(epoch, logs):
        if epoch < 2:
            raise KeyboardInterrupt

    stop = [keras.callbacks.LambdaCallback(on_epoch_end=interrupt)]
    with pytest.raises(KeyboardInterrupt):  # between the stages
        trained(faces, tmp_path, callbacks=stop)
    monkeypatch.setenv("FER_IMAGENET", "no longer needed")
    with pytest.raises(KeyboardInterrupt):  # within the second
        trained(faces, tmp_path, resume=True, callbacks=stop)
    resumed, (whole, _) = trained(faces, tmp_path, resume=True), stages
    assert resumed.history.drop(columns="seconds").equals(whole.history.drop(columns="seconds"))
    assert resumed.predictions.equals(whole.predictions)


def test_export_needs_no_imagenet(shallow, faces, tmp_path, monkeypatch):
    pytest.importorskip("onnx")
    from helpers.export.package import _plain

    monkeypatch.setenv("FER_IMAGENET", str(shallow))
    run = trained(faces, tmp_path)
    monkeypatch.delenv("FER_IMAGENET")
    monkeypatch.setattr(pretrained, "_fetched", None)
    plain = _plain(run, loop.load_recorded_model(run, faces, tmp_path / "results"))
    (y_prob,) = loop.predict(plain, faces.in_split("PublicTest").images)
    assert y_prob == pytest.approx(run.targets_and_probabilities("PublicTest")[1], abs=1e-4)


def test_layer_that_is_not_there_is_named(shallow):
    model = build("densenet121", 7, image_size=32)
    with pytest.raises(ValueError, match="no layer 'block9' in densenet121"):
        loop._choose_layers(model, "block9")
