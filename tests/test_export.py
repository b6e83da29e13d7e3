"""A trained model in several formats: they agree, are measured, and the card says what they are."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from helpers.cli.main import main
from helpers.config import SHIPPED
from helpers.datasets import load_faces
from helpers.evaluation import runs
from helpers.evaluation.calibration import apply_temperature
from helpers.faces import TASKS, DataError, description
from helpers.faces.tasks import FERPLUS_NAMES
from helpers.inference import ExpressionRecognizer
from helpers.inference.recognizer import NoModel
from helpers.rendering import contact_sheet, rendered_faces
from helpers.system import read_json, write_json
from helpers.training.experiments import EXPERIMENTS, MEDIUM, Stage

keras = pytest.importorskip("keras")
for needed in ("onnx", "tf2onnx", "ai_edge_litert"):
    pytest.importorskip(needed)

from helpers.export import add_second_head, export_model, formats, verify_export  # noqa: E402
from helpers.training import loop  # noqa: E402
from helpers.training.report import report  # noqa: E402

#: With a second head, which is not shipped.
TINY = replace(
    EXPERIMENTS["flagship"],
    stages=(Stage(2, 0.02),),
    options={"filters": (16, 32), "blocks_per_stage": 1},
    augmentation=MEDIUM,
    batch_size=16,
    ema_momentum=0.5,
)
LEAKED = description.load().leaked


@pytest.fixture(scope="module")
def faces():
    return rendered_faces((350, 70, 70), progress=False, cache=False)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("training")


@pytest.fixture(scope="module")
def run(faces, place):
    return report(loop.train(TINY, faces, results=place), faces, place)


@pytest.fixture(scope="module")
def shipped(run, faces, place, tmp_path_factory):
    models = tmp_path_factory.mktemp("models")
    return export_model(run, faces, LEAKED, "tiny", models=models, results=place)


def test_all_formats_read_faces_alike(shipped, run, faces):
    part = faces.in_split("PrivateTest")
    recorded = run.in_split("PrivateTest")[list(run.classes)].to_numpy()
    about = json.loads((shipped / "model.json").read_text())
    assert {"model.keras", "model.onnx", "model.tflite"} <= set(about["files"])
    for file in about["files"]:
        read = formats.reader(shipped / file)(np.asarray(part.images))
        far = np.abs(read - recorded).max()
        assert far < (0.25 if "int8" in file else 0.01), file
    assert ExpressionRecognizer(shipped).predict_proba(np.asarray(part.images)) == pytest.approx(
        apply_temperature(recorded, about["temperature"]), abs=0.02
    )


def test_temperature_is_chosen_on_public_test(shipped, run):
    table = run.in_split("PublicTest")
    y_prob, y_true = table[list(run.classes)].to_numpy(float), table["label"].to_numpy()
    chosen = json.loads((shipped / "model.json").read_text())["temperature"]

    def loss(temperature):
        likely = apply_temperature(y_prob, temperature)
        return -np.log(likely[np.arange(len(y_true)), y_true]).mean()

    assert loss(chosen) < min(loss(chosen * 1.1), loss(chosen / 1.1))


def test_verifying_measures_again(shipped, faces):
    table = verify_export("tiny", faces, shipped.parent)
    assert list(table["PublicTest, now"]) == list(table["PublicTest, recorded"])
    with pytest.raises(DataError, match="no exported model"):
        verify_export("nobody", faces, shipped.parent)


def test_card_says_what_was_measured(shipped, run):
    text = (shipped / "README.md").read_text()
    assert f"PrivateTest was predicted once ({run.reported[0]})" in text
    assert f"**{run.metrics('PrivateTest')['accuracy']:.1%}**" in text
    assert "350 faces to learn" in text and "Not for judging people" in text
    assert "votes of the faces to learn, at weight 0.5, by a further head" in text
    assert all(f"| {name} |" in text for name in run.classes)


def test_only_what_was_asked_for_is_kept(run, faces, place, tmp_path):
    folder = export_model(run, faces, LEAKED, "one", ["model.onnx"], tmp_path, place)
    assert {path.name for path in folder.iterdir()} == {"README.md", "model.json", "model.onnx"}


def test_a_format_that_is_not_there_is_refused_and_changes_nothing(shipped, run, faces, place):
    before = {path.name: path.stat().st_mtime_ns for path in shipped.iterdir()}
    with pytest.raises(DataError, match=r"no format model\.onx"):
        export_model(run, faces, LEAKED, "tiny", ["model.onx"], shipped.parent, place)
    assert {path.name: path.stat().st_mtime_ns for path in shipped.iterdir()} == before


def test_weights_that_are_not_the_record_s_are_refused(run, faces, place, tmp_path):
    turned = run.predictions.copy()
    turned[list(run.classes)] = turned[list(run.classes)].to_numpy()[:, ::-1]
    with pytest.raises(DataError, match="not those of its record"):
        export_model(replace(run, predictions=turned), faces, models=tmp_path, results=place)
    assert not list(tmp_path.iterdir())


def test_other_data_is_refused(run, tmp_path):
    other = rendered_faces((35, 14, 14), seed=1, progress=False, cache=False)
    with pytest.raises(DataError, match="was trained on other data"):
        export_model(run, other, LEAKED, models=tmp_path)


#: The shipped detector has its own test, in test_finding.py.
CLASSIFIERS = [path for path in sorted(SHIPPED.glob("*/model.json")) if "classes" in json.loads(path.read_text())]


@pytest.mark.parametrize("about", CLASSIFIERS, ids=lambda p: p.parent.name)
def test_committed_models_read_rendered_faces_alike(about):
    """One that learnt from photographs reads most of them; spoilt weights would not."""
    said = json.loads(about.read_text())
    run = runs.load(said["experiment"], said["seed"], task=said["task"])
    recorded = run.metrics("PublicTest")["accuracy"]
    faces = rendered_faces((35, 14, 140), progress=False, cache=False)
    read = {file: formats.reader(about.parent / file)(faces.images) for file in said["files"]}
    first = read["model.onnx"].argmax(axis=1)
    for file, scores in read.items():
        assert (about.parent / file).stat().st_size == said["files"][file]["bytes"]
        assert said["files"][file]["PublicTest"] == pytest.approx(recorded, abs=0.005)
        assert (scores.argmax(axis=1) == faces.labels).mean() > 0.5
        assert (scores.argmax(axis=1) == first).mean() > 0.93, file


def test_committed_model_reaches_its_accuracy():
    """Where FER-2013 is."""
    faces = load_faces()
    if faces.name == "rendered":
        pytest.skip("needs FER-2013")
    for about in CLASSIFIERS:
        table = verify_export(about.parent.name, faces)
        assert (table["PublicTest, now"] - table["PublicTest, recorded"]).abs().max() < 0.1


@pytest.mark.parametrize("task", ["happy_or_angry", "ferplus"])
def test_any_task_goes_from_training_to_prediction(task, faces, tmp_path, monkeypatch):
    """Train, record, report, export and predict, by commands."""
    monkeypatch.setattr("helpers.cli.train.load_faces", lambda source: faces)
    monkeypatch.setattr("helpers.cli.report.load_faces", lambda source: faces)
    monkeypatch.setattr("helpers.cli.export.load_faces", lambda source: faces)
    where = ["--task", task, "--results", str(tmp_path / "results")]

    def fer(*words):
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 0, done.output
        return done.output

    trained = fer("train", "baseline_cnn", "--epochs", "2", *where)
    assert "PrivateTest" not in trained.splitlines()[-1]
    assert "PrivateTest" in fer("report", "baseline_cnn", *where)
    again = CliRunner().invoke(main, ["report", "baseline_cnn", *where])
    assert again.exit_code == 1 and "was reported on" in again.output
    run = runs.load("baseline_cnn", 0, tmp_path / "results", task)
    assert run.classes == TASKS[task].classes and len(run.reported) == 1
    models = ["--models", str(tmp_path / "models"), "--only", "model.onnx"]
    card = fer("export", "baseline_cnn", *where, *models)
    assert TASKS[task].question in card and all(f"| {name} |" in card for name in run.classes)
    about = tmp_path / "models" / "baseline_cnn" / "model.json"
    write_json(about, read_json(about) | {"second": {"experiment": "votes", "task": "ferplus"}})
    assert "fer export votes --task ferplus --into baseline_cnn" in fer("export", "baseline_cnn", *where, *models)
    picture = tmp_path / "face.png"
    face = contact_sheet(["happy"], 1, photograph=False)
    Image.fromarray(np.pad(face, 24, "edge")).save(picture)
    model = str(tmp_path / "models" / "baseline_cnn")
    (seen,) = json.loads(fer("predict", str(picture), "--json", "--model", model))
    (face,) = seen["faces"]
    assert set(face["scores"]) == set(run.classes)
    assert len(face["top"]) == min(3, len(run.classes))
    assert all(one["emoji"] == TASKS[task].emoji[one["name"]] for one in face["top"])


def with_ferplus_votes(faces):
    """Votes in FER+'s own words, of which rendered faces lack contempt."""
    twins = list(FERPLUS_NAMES.values())
    columns = [faces.votes[:, faces.vote_names.index(name)] if name in faces.vote_names else 0 for name in twins]
    votes = np.column_stack([np.broadcast_to(column, len(faces)) for column in columns])
    return faces.replace(votes=votes, vote_names=tuple(FERPLUS_NAMES))


def test_a_second_head_is_added_to_an_exported_model(faces, tmp_path, monkeypatch):
    """One file then answers as either head, or as both averaged; what was there stays."""
    monkeypatch.setattr("helpers.training.frozen.PROCESSED", tmp_path)
    head = replace(EXPERIMENTS["flagship_votes_head"], stages=(Stage(2, 1e-2, "head"),), batch_size=32)
    run = loop.train(head, with_ferplus_votes(faces), task=TASKS["ferplus"], results=tmp_path)
    folder = tmp_path / "flagship"
    shutil.copytree(SHIPPED / "flagship", folder)
    before = ExpressionRecognizer(folder, head="first").predict_proba(np.asarray(faces.images[:8]))
    add_second_head(run, folder, weight=0.25, results=tmp_path)
    first, second, both = (
        ExpressionRecognizer(folder, head=which).predict_proba(np.asarray(faces.images[:8]))
        for which in ("first", "second", "both")
    )
    np.testing.assert_allclose(first, before, atol=2e-3)
    mixed = 0.75 * first + 0.25 * second  # but for contempt, which the first head does not know
    assert np.abs(both - mixed / mixed.sum(axis=1, keepdims=True)).max() < 0.05
    spread = loop.predict(loop.best_model(head.name, 0, tmp_path, "ferplus"), np.asarray(faces.images[:8]))[0]
    neutral = spread[:, 0] / spread[:, :7].sum(axis=1)
    single = ExpressionRecognizer(folder, head="second", mirrored=False).predict_proba(np.asarray(faces.images[:8]))
    np.testing.assert_allclose(single[:, 6], neutral, atol=5e-3)
    assert read_json(folder / "model.json")["second"]["reads_as"][-1] is None
    assert "with 0.25 of the second" in (folder / "README.md").read_text().replace("\n", " ")
    with pytest.raises(NoModel, match="has one head"):
        about = read_json(folder / "model.json")
        write_json(folder / "model.json", {key: value for key, value in about.items() if key != "second"})
        ExpressionRecognizer(folder, head="second")


def test_a_head_on_another_body_is_refused(faces, tmp_path, monkeypatch):
    monkeypatch.setattr("helpers.training.frozen.PROCESSED", tmp_path)
    head = replace(EXPERIMENTS["flagship_votes_head"], stages=(Stage(1, 1e-2, "head"),), batch_size=32)
    run = loop.train(head, faces, task=TASKS["ferplus"], results=tmp_path)
    folder = tmp_path / "other"
    shutil.copytree(SHIPPED / "flagship", folder)
    other = keras.models.load_model(folder / "model.keras")
    kernel = other.get_layer("conv2d").kernel
    kernel.assign(1.1 * kernel)
    other.save(folder / "model.keras")
    with pytest.raises(DataError, match="not trained on the body of other, or has changed it"):
        add_second_head(run, folder, results=tmp_path)
