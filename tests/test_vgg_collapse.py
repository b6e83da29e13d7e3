"""Why a deep network is stuck: the probe tells the truth, and a study repeats."""

import numpy as np
import pandas as pd
import pytest

from helpers.faces import DataError
from helpers.rendering import rendered_faces

keras = pytest.importorskip("keras")

from helpers import figures  # noqa: E402
from helpers.evaluation import vgg_collapse  # noqa: E402
from helpers.models.inspection import activation_statistics, outputs  # noqa: E402
from helpers.models.vgg import vgg19_layout  # noqa: E402
from helpers.training.vgg_collapse import build, pretrain_body, run_settings  # noqa: E402

#: As wide as a stand-in can be that still has VGG19's sixteen convolutions.
TINY = vgg_collapse.Setting("as found", width=2)


@pytest.fixture(scope="module")
def faces():
    return rendered_faces((96, 64, 0), progress=False, cache=False)


@pytest.fixture(scope="module")
def study(faces):
    return run_settings([TINY], faces, steps=12, every=10)


def test_probe_counts_units_made_dead_by_hand(faces):
    keras.utils.set_random_seed(0)
    model = vgg19_layout(7, width=4, weights="He")
    pictures, labels = faces.images[:32, ..., None], faces.labels[:32]
    before = model.get_weights()
    layer = model.get_layer("block2_conv1")
    kernel, offset = layer.get_weights()
    alive = activation_statistics(model, pictures, labels).set_index("layer")
    kernel[..., :2] = 0
    offset[:2] = -1
    layer.set_weights([kernel, offset])
    seen = activation_statistics(model, pictures, labels).set_index("layer")
    assert len(seen) == 17
    assert alive.loc["block2_conv1", "dead_fraction"] == 0
    assert seen.loc["block2_conv1", "dead_fraction"] == 2 / 8
    assert seen.loc["block2_conv1", "std_over_inputs"] < alive.loc["block2_conv1", "std_over_inputs"]
    layer.set_weights([np.zeros_like(kernel), np.full_like(offset, -1)])
    blocked = activation_statistics(model, pictures, labels).set_index("layer")
    assert blocked.loc["block2_conv1", ["dead_fraction", "rms", "std_over_inputs"]].tolist() == [1, 0, 0]
    assert blocked.loc[:"block2_conv1", "gradient"].eq(0).all()  # nothing gets past a dead layer
    assert alive.loc[:"block2_conv1", "gradient"].gt(0).all()
    layer.set_weights(before[4:6])
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)  # looking changed nothing


def test_gradient_is_what_small_steps_change(faces):
    keras.utils.set_random_seed(0)
    model = vgg19_layout(7, width=2, weights="He", pictures="even")
    pictures, labels = faces.images[:32, ..., None], faces.labels[:32]
    norm = activation_statistics(model, pictures, labels).set_index("layer").loc["head", "gradient"]
    features = outputs(keras.Model(model.inputs[0], model.get_layer("head").input), pictures)
    kernel, offset = (np.float64(w) for w in model.get_layer("head").get_weights())
    last, bias = model.get_layer("probabilities").get_weights()

    def loss(kernel):
        scores = np.maximum(features @ kernel + offset, 0) @ last + bias
        right = scores[np.arange(len(labels)), labels]
        return (np.log(np.exp(scores).sum(axis=1)) - right).mean()

    squares = 0.0
    for place in np.ndindex(kernel.shape):
        moved = kernel.copy()
        moved[place] += 1e-6
        squares += ((loss(moved) - loss(kernel)) / 1e-6) ** 2
    assert norm == pytest.approx(np.sqrt(squares), rel=1e-3)


def test_as_found_names_one_class(study):
    end = study.curves.iloc[-1]
    assert end["most_predicted"] == 1
    assert end["std_over_inputs"] < 1e-3
    assert end["accuracy"] <= study.made["majority"]
    before, after = (study.layers[study.layers["step"] == step]["dead_fraction"].mean() for step in (0, 12))
    assert after > before


def test_same_seed_same_study(study, faces):
    again = run_settings([TINY], faces, steps=12, every=10)
    pd.testing.assert_frame_equal(again.curves, study.curves)
    pd.testing.assert_frame_equal(again.layers, study.layers)


def test_learned_start_and_frozen_depth(faces):
    body = pretrain_body(faces, steps=1, width=2)
    setting = vgg_collapse.Setting("taught", weights="learned", trainable_from="block5", width=2)
    model = build(setting, 7, body)
    learns = [layer.name for layer in model.layers if layer.trainable_weights]
    assert learns[0] == "block5_conv1" and learns[-2:] == ["head", "probabilities"]
    np.testing.assert_array_equal(model.get_layer("block1_conv1").get_weights()[0], body[0][0])
    with pytest.raises(ValueError, match="pretrain_body"):
        build(setting, 7)


def test_bad_settings_are_named(faces):
    with pytest.raises(ValueError, match="64 wide"):
        vgg19_layout(7, width=8, weights="ImageNet")
    with pytest.raises(ValueError, match="weights is one of"):
        vgg19_layout(7, weights="nowhere")
    with pytest.raises(DataError, match="PublicTest"):
        run_settings([TINY], faces.in_split("Training"))


def test_study_survives_its_files(study, tmp_path):
    read = vgg_collapse.load(vgg_collapse.save(study, tmp_path / "study"))
    assert read.made == study.made
    pd.testing.assert_frame_equal(read.curves, study.curves, rtol=1e-5)
    with pytest.raises(DataError, match="fer vgg-collapse"):
        vgg_collapse.load(tmp_path)


def test_recorded_study_is_whole_and_draws():
    recorded = vgg_collapse.load()
    names = [setting["name"] for setting in recorded.made["settings"]]
    assert list(recorded.summary().index) == names
    drawn = figures.vgg_collapse_curves(
        recorded.curves, {"learning rate": {name: name for name in names[:3]}}, recorded.made["majority"]
    )
    assert len(drawn.axes) == 1
    assert len(figures.vgg_collapse_layers(recorded.layers, {n: n for n in names[:2]}).axes) == 2
