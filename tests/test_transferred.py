"""A body that was learnt elsewhere, with a new head: what learns, what stays, what is kept."""

from dataclasses import replace

import numpy as np
import pytest

from helpers.faces import DataError, find_task
from helpers.rendering import rendered_faces
from helpers.training.experiments import EXPERIMENTS, Stage

keras = pytest.importorskip("keras")

from helpers.models import build, split_at_features  # noqa: E402
from helpers.models.transferred import find_body  # noqa: E402
from helpers.training import frozen, loop  # noqa: E402
from helpers.training.targets import head_targets  # noqa: E402

TASK = find_task("valence")
HEAD = replace(EXPERIMENTS["flagship_head"], stages=(Stage(4, 1e-2, "head"),), batch_size=32)


@pytest.fixture(scope="module")
def faces():
    return rendered_faces((96, 42, 42), progress=False, cache=False)


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setattr("helpers.training.frozen.PROCESSED", tmp_path)


def body_weights(model):
    return model.get_layer("body").get_weights()


def trained(faces, folder, experiment):
    run = loop.train(experiment, faces, task=TASK, results=folder)
    return run, loop.best_model(experiment.name, 0, folder, TASK.name)


def test_a_head_learns_on_features_and_the_whole_model_is_kept(faces, tmp_path):
    run, best = trained(faces, tmp_path, HEAD)
    assert run.history["loss"].iloc[-1] < run.history["loss"].iloc[0]
    for kept, shipped in zip(body_weights(best), body_weights(build("transferred", 3)), strict=True):
        np.testing.assert_array_equal(kept, shipped)
    asked = TASK.apply(faces.in_split("PublicTest"))
    recorded = run.targets_and_probabilities("PublicTest")[1]
    np.testing.assert_allclose(loop.predict(best, asked.images)[0], recorded, atol=1e-4)
    assert run.history["val_accuracy"].max() == pytest.approx(run.metrics("PublicTest")["accuracy"])
    loop.load_recorded_model(run, faces, tmp_path)


def test_features_are_computed_once(faces, tmp_path, monkeypatch):
    body, _ = split_at_features(build("transferred", 3))
    first = frozen.frozen_features(body, faces, [faces])[0]
    monkeypatch.setattr(frozen, "_computed", lambda *_: pytest.fail("computed again"))
    part = faces.take(np.arange(0, len(faces), 7))
    again = frozen.frozen_features(body, faces, [part])[0]
    np.testing.assert_array_equal(again, first[::7])
    other, _ = split_at_features(build("transferred", 3))
    other.weights[0].assign(other.weights[0] + 1)
    with pytest.raises(pytest.fail.Exception):  # other weights, other features
        frozen.frozen_features(other, faces, [faces])


def test_two_halves_say_what_the_whole_says(faces):
    model = build("transferred", 3)
    body, head = split_at_features(model)
    pictures = np.asarray(faces.images[:16])[..., None]
    np.testing.assert_allclose(head.predict(body.predict(pictures, verbose=0), verbose=0), model(pictures), atol=1e-5)


@pytest.mark.parametrize("first", ["head", "all"])
def test_normalisation_of_a_frozen_body_stays_as_it_learnt_it(faces, first, tmp_path):
    experiment = replace(
        HEAD, name="tuned", stages=(Stage(1, 1e-3, first),), augmentation={"flip": True}, optimizer="sgd"
    )
    _, best = trained(faces, tmp_path, experiment)
    frozen_body = [
        layer for layer in build("transferred", 3).get_layer("body").layers if "moving" in str(layer.weights)
    ]
    same = [
        np.array_equal(layer.get_weights()[2], best.get_layer("body").get_layer(layer.name).get_weights()[2])
        for layer in frozen_body
    ]
    assert len(same) > 10 and (all(same) if first == "head" else not any(same))


def test_a_body_that_is_not_here_is_named():
    with pytest.raises(FileNotFoundError, match=r"shipped model \(.*flagship.*\), or a training TASK/EXPERIMENT"):
        find_body("sex/nobody")


def test_a_body_learns_action_units_from_rendered_faces(faces, tmp_path):
    experiment = replace(
        EXPERIMENTS["se_resnet_action_units"],
        stages=(Stage(6, 3e-3),),
        options={"filters": (8, 16)},
        optimizer="adam",
        ema_momentum=0,
        augmentation={},
    )
    run, best = trained(faces, tmp_path, experiment)
    assert run.history["loss"].iloc[-1] < run.history["loss"].iloc[0]
    _, units = loop.predict(best, faces.images)
    assert units.shape == (len(faces), len(faces.attributes.filter(regex=r"^au\d+$").columns))
    assert (units.sum(axis=1) > 1.5).any()  # each on its own: no shares of one


def test_action_units_are_asked_of_faces_that_know_them(faces):
    with pytest.raises(DataError, match="does not say which action units"):
        head_targets(EXPERIMENTS["se_resnet_action_units"], faces.replace(attributes=None))


def test_after_the_head_the_whole_body_learns():
    model = build("transferred", 3)
    everything = len(model.trainable_variables)
    loop._choose_layers(model, "head")
    assert len(model.trainable_variables) == 2
    loop._choose_layers(model, "all")
    assert len(model.trainable_variables) == everything > 2
