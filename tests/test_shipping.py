"""A trained model in several formats: they agree, are measured, and the card says what they are."""

import json
from dataclasses import replace

import numpy as np
import pytest

from helpers import config, profile, runs
from helpers.datasets import load_faces
from helpers.training.experiments import EXPERIMENTS, MEDIUM, Stage
from helpers.faces import DataError
from helpers.inference import ExpressionRecognizer
from helpers.inference.recognizer import apply_temperature
from helpers.rendering import rendered_faces

pytest.importorskip("keras")
for needed in ("onnx", "tf2onnx", "ai_edge_litert"):
    pytest.importorskip(needed)

from helpers import shipping, training  # noqa: E402
from helpers.export import formats  # noqa: E402

#: With a second head, which is not shipped.
TINY = replace(
    EXPERIMENTS["flagship"],
    stages=(Stage(2, 0.02),),
    options={"filters": (16, 32), "blocks_per_stage": 1},
    augmentation=MEDIUM,
    batch=16,
    average=0.5,
)
LEAKED = profile.load().leaked


@pytest.fixture(scope="module")
def faces():
    return rendered_faces((350, 70, 70), progress=False, cache=False)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("training")


@pytest.fixture(scope="module")
def run(faces, place):
    return training.train(TINY, faces, results=place)


@pytest.fixture(scope="module")
def shipped(run, faces, place, tmp_path_factory):
    return shipping.ship(
        run, faces, LEAKED, "tiny", models=tmp_path_factory.mktemp("models"), results=place
    )


def test_all_formats_read_faces_alike(shipped, run, faces):
    part = faces.in_split("PrivateTest")
    recorded = run.in_split("PrivateTest")[list(run.classes)].to_numpy()
    about = json.loads((shipped / "model.json").read_text())
    assert {"model.keras", "model.onnx", "model.tflite"} <= set(about["files"])
    for file in about["files"]:
        read = formats.reader(shipped / file)(np.asarray(part.images))
        far = np.abs(read - recorded).max()
        assert far < (0.25 if "int8" in file else 0.01), file
    assert ExpressionRecognizer(shipped).scores(np.asarray(part.images)) == pytest.approx(
        apply_temperature(recorded, about["temperature"]), abs=0.02
    )


def test_temperature_is_chosen_on_public_test(shipped, run):
    table = run.in_split("PublicTest")
    chances, labels = table[list(run.classes)].to_numpy(float), table["label"].to_numpy()
    chosen = json.loads((shipped / "model.json").read_text())["temperature"]

    def loss(degrees):
        return -np.log(apply_temperature(chances, degrees)[np.arange(len(labels)), labels]).mean()

    assert loss(chosen) < min(loss(chosen * 1.1), loss(chosen / 1.1))


def test_checking_measures_again(shipped, faces):
    table = shipping.check("tiny", faces, shipped.parent)
    assert list(table["PrivateTest, now"]) == list(table["PrivateTest, recorded"])
    with pytest.raises(DataError, match="no shipped model"):
        shipping.check("nobody", faces, shipped.parent)


def test_card_says_what_was_measured(shipped, run):
    text = (shipped / "README.md").read_text()
    assert f"**{run.metrics('PrivateTest')['accuracy']:.1%}** on PrivateTest" in text
    assert "350 faces to learn" in text and "Not for judging people" in text
    assert "votes on the faces to learn, at weight 0.5, by a second head" in text
    assert all(f"| {name} |" in text for name in run.classes)


def test_only_what_was_asked_for_is_kept(run, faces, place, tmp_path):
    folder = shipping.ship(run, faces, LEAKED, "one", ["model.onnx"], tmp_path, place)
    assert {path.name for path in folder.iterdir()} == {"README.md", "model.json", "model.onnx"}


def test_a_format_that_is_not_there_is_refused_and_changes_nothing(shipped, run, faces, place):
    before = {path.name: path.stat().st_mtime_ns for path in shipped.iterdir()}
    with pytest.raises(DataError, match=r"no format model\.onx"):
        shipping.ship(run, faces, LEAKED, "tiny", ["model.onx"], shipped.parent, place)
    assert {path.name: path.stat().st_mtime_ns for path in shipped.iterdir()} == before


def test_weights_that_are_not_the_record_s_are_refused(run, faces, place, tmp_path):
    turned = run.predictions.copy()
    turned[list(run.classes)] = turned[list(run.classes)].to_numpy()[:, ::-1]
    with pytest.raises(DataError, match="not those of its record"):
        shipping.ship(
            replace(run, predictions=turned), faces, LEAKED, models=tmp_path, results=place
        )
    assert not list(tmp_path.iterdir())


def test_other_data_is_refused(run, tmp_path):
    other = rendered_faces((35, 14, 14), seed=1, progress=False, cache=False)
    with pytest.raises(DataError, match="was trained on other data"):
        shipping.ship(run, other, LEAKED, models=tmp_path)


@pytest.mark.parametrize("about", sorted(config.MODELS.glob("*/model.json")), ids=str)
def test_committed_models_read_rendered_faces_alike(about):
    """One that learnt from photographs reads most of them; spoilt weights would not."""
    said = json.loads(about.read_text())
    run = runs.load(said["experiment"], said["seed"])
    recorded = run.metrics("PrivateTest")["accuracy"]
    faces = rendered_faces((35, 14, 140), progress=False, cache=False)
    read = {file: formats.reader(about.parent / file)(faces.images) for file in said["files"]}
    first = read["model.onnx"].argmax(axis=1)
    for file, scores in read.items():
        assert (about.parent / file).stat().st_size == said["files"][file]["bytes"]
        assert said["files"][file]["PrivateTest"] == pytest.approx(recorded, abs=0.005)
        assert (scores.argmax(axis=1) == faces.labels).mean() > 0.5
        assert (scores.argmax(axis=1) == first).mean() > 0.93, file


def test_committed_model_reaches_its_accuracy():
    """Where FER-2013 is."""
    faces = load_faces()
    if faces.name == "rendered":
        pytest.skip("needs FER-2013")
    for about in config.MODELS.glob("*/model.json"):
        table = shipping.check(about.parent.name, faces)
        assert (table["PrivateTest, now"] - table["PrivateTest, recorded"]).abs().max() < 0.1
