"""Training, killing, resuming, recording: on a few rendered faces and a very small network."""

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace

import layouts
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from helpers.cli.main import main
from helpers.config import CHECKPOINTS
from helpers.evaluation import runs
from helpers.faces import EXPRESSIONS, DataError
from helpers.faces.agreement import label_distribution
from helpers.faces.tasks import FERPLUS_NAMES
from helpers.rendering import rendered_faces
from helpers.training.experiments import ABLATION, EXPERIMENTS, STUDIES, VOTES_HEAD, Head, Stage

keras = pytest.importorskip("keras")

from helpers.models import Augment, build, only_head  # noqa: E402
from helpers.models.pretrained import NoWeights, find_weights  # noqa: E402
from helpers.training import callbacks, loop, provenance  # noqa: E402
from helpers.training.targets import head_targets  # noqa: E402

#: Dropout, augmentation, mixup, a schedule: everything that chance or time decides.
TINY = replace(
    EXPERIMENTS["deeper_cnn"], stages=(Stage(3, 1e-3),), options={"filters": (4, 8)}, batch_size=32, mixup_alpha=0.2
)


@pytest.fixture(scope="module")
def faces():
    return rendered_faces((96, 42, 42), progress=False, cache=False)


#: A second head and averaged weights, which have more to keep between two epochs.
AVERAGED = replace(TINY, name="averaged", heads=(Head(), VOTES_HEAD), ema_momentum=0.9)


def trained(faces, folder, experiment=TINY, **options):
    return loop.train(experiment, faces, results=folder / "results", **options)


def without_time(history):
    return history.drop(columns="seconds")


@pytest.fixture(scope="module")
def whole(faces, tmp_path_factory):
    return trained(faces, tmp_path_factory.mktemp("whole"))


def test_run_is_recorded_whole(whole, faces):
    assert list(whole.history["epoch"]) == [1, 2, 3]
    assert list(whole.predictions.columns) == ["split", "row", "label", *EXPRESSIONS.classes]
    part, real = whole.in_split("PublicTest"), faces.in_split("PublicTest")
    assert part["row"].tolist() == real.row_ids.tolist()
    assert part["label"].tolist() == real.labels.tolist()
    assert whole.splits == ("PublicTest",) and whole.reported == ()
    chances = whole.predictions[list(EXPRESSIONS.classes)]
    np.testing.assert_allclose(chances.sum(axis=1), 1, atol=1e-5)
    assert whole.config["data"]["fingerprint"] == provenance.fingerprint(faces)
    best = whole.history["val_accuracy"].max()
    assert whole.metrics("PublicTest")["accuracy"] == pytest.approx(best)


def test_same_seed_gives_the_same_history(whole, faces, tmp_path):
    again = trained(faces, tmp_path)
    assert without_time(again.history).equals(without_time(whole.history))
    assert again.predictions.equals(whole.predictions)


def stop_after(last):
    """A callback that ends a training as Ctrl-C does."""

    def interrupt(epoch, logs):
        if epoch + 1 == last:
            raise KeyboardInterrupt

    return [keras.callbacks.LambdaCallback(on_epoch_end=interrupt)]


def test_interrupted_training_resumes_to_the_same_end(whole, faces, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        trained(faces, tmp_path, callbacks=stop_after(2))
    resumed = trained(faces, tmp_path, resume=True)
    assert without_time(resumed.history).equals(without_time(whole.history))
    assert resumed.predictions.equals(whole.predictions)


def test_votes_and_averages_resume_too(faces, tmp_path):
    whole = trained(faces, tmp_path / "whole", AVERAGED)
    with pytest.raises(KeyboardInterrupt):
        trained(faces, tmp_path, AVERAGED, callbacks=stop_after(2))
    resumed = trained(faces, tmp_path, AVERAGED, resume=True)
    assert without_time(resumed.history).equals(without_time(whole.history))
    assert resumed.predictions.equals(whole.predictions)


def test_averaged_weights_are_kept_beside_those_that_go_on(faces, tmp_path):
    one = replace(AVERAGED, stages=(Stage(1, 1e-2),))
    trained(faces, tmp_path, one)
    kept = runs.checkpoint_dir("averaged", 0, tmp_path / "results")
    best, last = (keras.models.load_model(kept / f"{name}.keras") for name in ("best", "epoch0001"))
    apart = [np.abs(np.subtract(a, b)).max() for a, b in zip(best.get_weights(), last.get_weights(), strict=True)]
    assert max(apart) > 1e-4
    assert len(best.outputs) == 2 and len(only_head(best).outputs) == 1


def test_votes_are_spread_over_expressions(faces):
    votes = np.array([[5, 0, 0, 0, 0, 0, 0, 5], [0, 0, 0, 0, 0, 0, 0, 9]])
    names = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "NF")
    two = faces.take([0, 1]).replace(votes=votes, vote_names=names)
    one, none = label_distribution(two)
    assert one.tolist() == [1, 0, 0, 0, 0, 0, 0]
    label = faces.classes[two.labels[1]]
    assert none.argmax() == [FERPLUS_NAMES[n] for n in names[:-1]].index(label)


def test_resuming_with_other_settings_is_refused(faces, tmp_path):
    trained(faces, tmp_path)
    other = replace(TINY, augmentation={}, batch_size=16)
    with pytest.raises(DataError, match="begun with another augmentation and another batch_size"):
        trained(faces, tmp_path, other, resume=True)


def test_resuming_with_other_faces_or_votes_is_refused(faces, tmp_path):
    trained(faces, tmp_path, AVERAGED)
    other = faces.take(np.arange(len(faces)) != 3)
    with pytest.raises(DataError, match="begun with another fingerprint"):
        trained(other, tmp_path, AVERAGED, resume=True)
    turned = faces.replace(votes=faces.votes[:, ::-1])
    with pytest.raises(DataError, match="begun with another targets"):
        trained(turned, tmp_path, AVERAGED, resume=True)


def test_resuming_without_weights_is_refused_and_leaves_the_record(faces, tmp_path):
    run = trained(faces, tmp_path)
    for path in runs.checkpoint_dir(run.experiment, 0, tmp_path / "results").glob("epoch*.keras"):
        path.unlink()
    with pytest.raises(DataError, match="no weights to go on from"):
        trained(faces, tmp_path, resume=True)
    assert runs.load(run.experiment, 0, tmp_path / "results").predictions.equals(run.predictions)


def test_each_folder_of_results_has_weights_of_its_own(tmp_path):
    here, there, ours = (
        runs.checkpoint_dir("deeper_cnn", 0, place) for place in (tmp_path / "here", tmp_path / "there", runs.RESULTS)
    )
    assert here.is_relative_to(tmp_path / "here") and there.is_relative_to(tmp_path / "there")
    assert ours == CHECKPOINTS / "expressions" / "deeper_cnn" / "seed0"


def test_a_record_is_replaced_only_when_asked_to(tmp_path, monkeypatch):
    folder = runs.run_dir("baseline_cnn", 0, tmp_path / "mine")
    folder.mkdir(parents=True)
    (folder / "history.csv").write_text("epoch\n1\n")
    monkeypatch.chdir(tmp_path)
    command = ["train", "baseline_cnn", "--preset", "full", "--results", "mine"]
    said = CliRunner().invoke(main, command)
    assert said.exit_code == 1 and "is recorded already: --resume goes on" in said.output
    assert (folder / "history.csv").read_text() == "epoch\n1\n"


def test_an_experiment_lasts_as_long_as_asked():
    assert EXPERIMENTS["baseline_cnn"].with_epochs(60).epochs == 60
    assert EXPERIMENTS["baseline_cnn"].with_epochs(1).epochs == 1
    stages = EXPERIMENTS["vgg19"].with_epochs(17).stages
    assert [stage.epochs for stage in stages] == [2, 15]


def test_pictures_and_targets_stay_together():
    """Pictures here are as bright as their label says, so that what is mixed can be read off."""
    labels = np.arange(70) % 7
    images = np.repeat(np.uint8(30 * labels), 48 * 48).reshape(-1, 48, 48)
    one_hot = np.eye(7, dtype=np.float32)[labels]
    for alpha in (0.0, 0.4):
        both = {"probabilities": one_hot, "votes": one_hot}
        batches = callbacks.EpochBatches(images, both, 32, alpha, seed=3)
        batches.start_epoch(1)
        bright = batches.pictures[:, 0, 0, 0]
        assert len(np.unique(bright)) > 7 if alpha else bright.tolist() != images[:, 0, 0].tolist()
        targets = batches.epoch_targets
        assert targets["probabilities"] @ (30 * np.arange(7)) == pytest.approx(bright, abs=1)
        assert targets["votes"] == pytest.approx(targets["probabilities"], abs=1e-5)


def test_targets_are_chosen_by_name(faces):
    learning = faces.in_split("Training")
    found = head_targets(replace(AVERAGED, label_smoothing=0.7), learning)
    assert set(found) == {"probabilities", "votes"}
    smooth = found["probabilities"].y_true
    assert smooth[0, learning.labels[0]] == pytest.approx(0.3 + 0.1)
    assert found["votes"].names == faces.vote_names
    soft = np.random.default_rng(0).dirichlet(np.ones(7), len(learning))
    columns = [f"teacher_{name}" for name in learning.classes]
    taught = learning.replace(attributes=pd.DataFrame(soft, columns=columns))
    student = replace(TINY, heads=(Head(targets="teacher"),))
    assert head_targets(student, taught)["probabilities"].y_true == pytest.approx(soft, abs=1e-6)
    with pytest.raises(DataError, match="no teacher's answers"):
        head_targets(student, learning)


def test_half_the_faces_are_the_same_in_each_epoch(faces, tmp_path):
    learning = faces.in_split("Training")
    half = replace(TINY, train_fraction=0.5, mixup_alpha=0.0, stages=(Stage(2, 1e-3),))
    drawn = loop._fraction(half, learning, seed=0)
    assert len(drawn) == half.samples_per_epoch(len(learning)) == 48
    assert set(drawn.row_ids) < set(learning.row_ids)
    assert drawn.row_ids.tolist() == loop._fraction(half, learning, seed=0).row_ids.tolist()
    assert drawn.row_ids.tolist() != loop._fraction(half, learning, seed=1).row_ids.tolist()
    bar = Bar()
    trained(faces, tmp_path, half, callbacks=[callbacks.ProgressBar(bar, 48, 32)])
    assert bar.taken == [32, 16] * 2


class Bar:
    """Remembers by how much it was moved."""

    def __init__(self):
        self.taken = []

    def update(self, faces):
        self.taken.append(faces)

    def set_postfix_str(self, text):
        assert text.startswith("PublicTest")


def test_another_seed_gives_another_history(whole, faces, tmp_path):
    other = trained(faces, tmp_path, seed=1)
    assert not without_time(other.history).equals(without_time(whole.history))


def test_killed_training_resumes(tmp_path):
    source = tmp_path / "faces.csv"
    source.write_bytes(layouts.table(layouts.few_faces()))
    command = [sys.executable, "-m", "helpers", "train", "baseline_cnn", "--epochs", "3"]
    command += ["--source", str(source), "--results", str(tmp_path / "results")]
    history = runs.run_dir("baseline_cnn", 0, tmp_path / "results") / "history.csv"
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    limit = time.time() + 240
    while not history.exists() and time.time() < limit and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    first = history.read_text().splitlines()[:2]
    assert len(first) == 2, "no epoch was recorded before the kill"
    resumed = subprocess.run([*command, "--resume"], check=True, capture_output=True, text=True)
    shown = [int(percent) for percent in re.findall(r"(\d+)%\|", resumed.stderr)]
    assert min(filter(None, shown)) >= 33, "the bar began at 0, so the time left was wrong"
    assert history.read_text().splitlines()[:2] == first  # its seconds, too: it was not repeated
    assert len(history.read_text().splitlines()) == 4


def test_commit_of_the_code_is_recorded(whole, tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)  # a commit hook sets some, and git would look elsewhere

    def git(*words):
        command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *words]
        done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "src").mkdir()
    module = tmp_path / "src" / "module.py"
    module.write_text("one = 1\n")
    assert provenance._code(tmp_path) is None
    git("init")
    assert provenance._code(tmp_path) is None  # nothing of ours is in it
    git("add", ".")
    git("commit", "-m", "one")
    (tmp_path / "notes.txt").write_text("no code\n")
    commit = git("rev-parse", "--short", "HEAD")
    assert provenance._code(tmp_path) == commit
    module.write_text("one = 2\n")
    assert provenance._code(tmp_path) == f"{commit}+"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert provenance._code(tmp_path) is None
    assert "code" in whole.config


def test_a_training_that_cannot_begin_leaves_the_record_alone(faces, tmp_path, monkeypatch):
    trained(faces, tmp_path)
    folder = runs.run_dir(TINY.name, 0, tmp_path / "results")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def no_weights(*arguments, **options):
        raise NoWeights("none here")

    monkeypatch.setattr(loop, "build", no_weights)
    with pytest.raises(NoWeights):
        trained(faces, tmp_path)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_batches_give_each_face_once():
    images = np.arange(70, dtype=np.uint8)[:, None, None]
    labels = np.arange(70)[:, None]
    batches = callbacks.EpochBatches(images, {"one": labels, "two": -labels}, 32)
    seen = [batches[number] for number in range(len(batches))]
    assert [len(part) for part, _ in seen] == [32, 32, 6]
    assert sorted(np.concatenate([part[:, 0, 0, 0] for part, _ in seen])) == list(range(70))
    for part, (label, vote) in seen:
        assert label[:, 0].tolist() == part[:, 0, 0, 0].tolist() == (-vote[:, 0]).tolist()


def test_data_without_what_training_needs_is_refused(faces, tmp_path):
    with pytest.raises(DataError, match="no PublicTest: training needs both"):
        trained(faces.in_split("Training"), tmp_path)


def test_training_cannot_see_the_test_set(whole, faces, tmp_path):
    """Without PrivateTest it trains all the same, and to the same end."""
    blind = trained(faces.in_split("Training", "PublicTest"), tmp_path)
    assert without_time(blind.history).equals(without_time(whole.history))
    assert blind.predictions.equals(whole.predictions)
    assert blind.config["data"] == whole.config["data"]


def test_loss_that_is_no_number_stops_and_keeps_what_was_recorded(faces, tmp_path, monkeypatch):
    start = callbacks.EpochBatches.start_epoch

    def poisoned(batches, epoch):
        start(batches, epoch)
        times = np.nan if epoch == 1 else 1
        batches.epoch_targets = {n: times * y for n, y in batches.epoch_targets.items()}

    monkeypatch.setattr(callbacks.EpochBatches, "start_epoch", poisoned)
    with pytest.raises(loop.TrainingFailed, match="epoch 2"):
        trained(faces, tmp_path)
    history = runs.run_dir(TINY.name, 0, tmp_path / "results") / "history.csv"
    assert len(history.read_text().splitlines()) == 2


def test_augmentation_changes_pictures_only_while_training(faces):
    pictures = faces.images[:32, :, :, None].astype(np.float32)
    layer = Augment(rotation=10, shear=5, zoom=0.1, shift=0.1, flip=True, brightness=0.1)
    calm = keras.ops.convert_to_numpy(layer(pictures, training=False))
    np.testing.assert_array_equal(calm, pictures)
    moved = keras.ops.convert_to_numpy(layer(pictures, training=True))
    assert moved.shape == pictures.shape
    assert np.abs(moved - pictures).mean(axis=(1, 2, 3)).min() > 1
    assert moved.min() >= 0 and moved.max() <= 255


def test_flip_alone_mirrors_about_half_of_the_pictures(faces):
    pictures = faces.images[:64, :, :, None].astype(np.float32)
    moved = keras.ops.convert_to_numpy(Augment(flip=True)(pictures, training=True))
    same = np.isclose(moved, pictures, atol=0.1).all(axis=(1, 2, 3))
    mirrored = np.isclose(moved, pictures[:, :, ::-1], atol=0.1).all(axis=(1, 2, 3))
    assert (same ^ mirrored).all() and 16 < mirrored.sum() < 48


@pytest.mark.parametrize("name", ["baseline_cnn", "deeper_cnn", "alexnet"])
def test_saved_model_is_the_model(name, faces, tmp_path):
    model = build(name, 7, Augment(rotation=5))
    model.save(tmp_path / "model.keras")
    back = keras.models.load_model(tmp_path / "model.keras")
    one, other = (loop.predict(each, faces.images)[0] for each in (model, back))
    np.testing.assert_allclose(one, other, atol=1e-6)
    np.testing.assert_allclose(one.sum(axis=1), 1, atol=1e-5)


def test_missing_imagenet_weights_are_never_replaced_silently(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_IMAGENET", str(tmp_path / "nothing.h5"))
    with pytest.raises(NoWeights, match="there is no file"):
        build("vgg16", 7)


def test_imagenet_weights_are_found_where_the_user_says(tmp_path, monkeypatch):
    body = keras.applications.DenseNet121(include_top=False, weights=None, input_shape=(48, 48, 3), name="body")
    path = tmp_path / "densenet121_weights_tf_dim_ordering_tf_kernels_notop.weights.h5"
    body.save_weights(path)
    path = path.rename(tmp_path / "densenet121_weights_tf_dim_ordering_tf_kernels_notop.h5")
    monkeypatch.setenv("FER_IMAGENET", str(tmp_path))
    assert find_weights("densenet121") == path


def test_ablation_changes_one_thing_at_a_time():
    base = ABLATION["recipe"].as_dict()
    allowed = {"adam": {"stages"}, "half_the_faces": {"stages"}}  # its own rate; as many steps
    for name, experiment in ABLATION.items():
        changed = {key for key, value in experiment.as_dict().items() if value != base[key]}
        changed -= {"name"} | allowed.get(name, set())
        assert len(changed) == (name != "recipe"), name


def test_ablation_goes_on_where_it_stopped(faces, tmp_path, monkeypatch):
    short = {
        name: replace(ABLATION[name], stages=(Stage(1, 0.01),), options={"filters": (8, 16)})
        for name in ("recipe", "no_votes")
    }
    monkeypatch.setitem(STUDIES, "recipe", short)
    monkeypatch.setattr("helpers.cli.ablate.load_faces", lambda source: faces)
    words = ["ablate", "--results", str(tmp_path)]
    first = CliRunner().invoke(main, [*words, "recipe"])
    assert first.exit_code == 0, first.output
    made = (runs.run_dir("ablation/recipe", 0, tmp_path) / "metrics.json").stat().st_mtime_ns
    both = CliRunner().invoke(main, words)
    assert both.exit_code == 0, both.output
    assert "ablation/recipe, seed 0: " in both.output and "no_votes, seed 0" in both.output
    assert (runs.run_dir("ablation/recipe", 0, tmp_path) / "metrics.json").stat().st_mtime_ns == made
    assert "epoch 1: PublicTest" in both.output
    short["recipe"] = replace(short["recipe"], batch_size=64)  # what is recorded is another recipe now
    changed = CliRunner().invoke(main, words)
    assert changed.exit_code == 1 and "begun with another batch_size" in changed.output
