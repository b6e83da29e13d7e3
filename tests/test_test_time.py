"""Runs made from runs: test-time augmentation, further heads, several models together, reports."""

from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from helpers.cli.main import main
from helpers.evaluation import runs
from helpers.evaluation.ensemble import geometric_ensemble
from helpers.evaluation.leaderboards import ablation_table, leaderboard
from helpers.faces import TASKS, DataError
from helpers.rendering import rendered_faces
from helpers.system import write_json
from helpers.training.experiments import EXPERIMENTS, Head, Stage

pytest.importorskip("keras")

from helpers.training import loop, test_time
from helpers.training.report import report

TINY = replace(
    EXPERIMENTS["flagship"],
    name="tiny",
    stages=(Stage(2, 0.02),),
    options={"filters": (8, 16), "blocks_per_stage": 1},
    batch_size=32,
    ema_momentum=0.5,
)
PLAIN = replace(TINY, name="plain", model="deeper_cnn", options={"filters": (4, 8)}, heads=(Head(),))


@pytest.fixture(scope="module")
def faces():
    return rendered_faces((140, 70, 70), progress=False, cache=False)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("made") / "results"


@pytest.fixture(scope="module")
def trained(faces, place):
    done = [loop.train(one, faces, results=place) for one in (TINY, PLAIN)]
    return [report(run, faces, place) for run in done]


def test_views_are_shifted_and_mirrored():
    pictures = np.random.default_rng(0).integers(0, 256, (2, 48, 48)).astype(np.uint8)
    seen = list(test_time.tta_views(pictures))
    assert {view.shape for view in seen} == {(2, 48, 48)}
    assert len({view.tobytes() for view in seen}) == 10
    assert (seen[0] == pictures).all() and (seen[1] == pictures[:, :, ::-1]).all()
    shifted = dict(zip(test_time.SHIFTS, seen[::2], strict=True))
    assert (shifted[-2, 0][:, :46] == pictures[:, 2:]).all()  # two rows up, the last one repeated
    assert (shifted[-2, 0][:, 46:] == pictures[:, 47:]).all()
    assert (shifted[0, 2][:, :, 2:] == pictures[:, :, :46]).all()


def test_views_are_averaged_and_recorded(trained, faces, place):
    run = test_time.save_tta_run(trained[0], faces, place, report=True)
    assert run.experiment == "tiny_tta" and run.config["made"]["from"] == ["tiny/seed0"]
    model = loop.best_model("tiny", 0, place)
    part = faces.in_split("PrivateTest")
    views = [loop.predict(model, view)[0] for view in test_time.tta_views(part.images)]
    y_true, y_prob = run.targets_and_probabilities("PrivateTest")
    assert y_prob == pytest.approx(np.mean(views, axis=0), abs=1e-5)
    assert (y_true == part.labels).all() and len(run.reported) == 1


def test_a_report_is_asked_for_and_counted(faces, place, trained):
    """A training and what is made of it leave PrivateTest alone until they are told."""
    fresh = loop.train(replace(PLAIN, name="fresh"), faces, results=place)
    assert fresh.splits == ("PublicTest",) and fresh.reported == ()
    with pytest.raises(DataError, match="has no predictions for PrivateTest"):
        fresh.metrics("PrivateTest")
    assert test_time.save_tta_run(fresh, faces, place).splits == ("PublicTest",)
    assert geometric_ensemble([fresh, trained[0]], "two", place).splits == ("PublicTest",)
    with pytest.raises(DataError, match="has no predictions for PrivateTest"):
        geometric_ensemble([fresh, trained[0]], "two", place, report=True)
    once = report(fresh, faces, place)
    assert once.splits == ("PublicTest", "PrivateTest") and len(once.reported) == 1
    (y_prob,) = loop.predict(loop.best_model("fresh", 0, place), faces.in_split("PrivateTest").images)
    assert once.targets_and_probabilities("PrivateTest")[1] == pytest.approx(y_prob, abs=1e-5)
    twice = report(once, faces, place)
    assert len(twice.reported) == 2 and twice.predictions.equals(once.predictions)
    with pytest.raises(DataError, match="no PrivateTest to report"):
        report(twice, faces.in_split("Training", "PublicTest"), place)


def test_a_further_head_is_a_run_of_its_own_task(trained, faces, place):
    run = runs.load("tiny_votes", 0, place, "ferplus")
    assert run.classes == TASKS["ferplus"].classes and len(run.reported) == 1
    part = TASKS["ferplus"].apply(faces.in_split("PrivateTest"))
    y_true, y_prob = run.targets_and_probabilities("PrivateTest")
    assert (y_true == part.labels).all() and 0 < len(y_true) <= 70
    votes = loop.predict(loop.best_model("tiny", 0, place), part.images)[1]
    anger = list(run.classes).index("anger")
    assert y_prob[:, anger] == pytest.approx(votes[:, 0], abs=1e-5)  # rendered faces: "angry"
    assert y_prob[:, list(run.classes).index("contempt")].max() == 0


def test_other_data_and_lost_weights_are_refused(trained, faces, place, tmp_path):
    other = faces.take(np.arange(len(faces)) != 3)
    with pytest.raises(DataError, match="other data"):
        test_time.save_tta_run(trained[0], other, place)
    with pytest.raises(DataError, match=r"best\.keras is missing"):
        test_time.save_tta_run(trained[0], faces, tmp_path)


def test_what_was_made_from_runs_has_no_model(trained, faces, place):
    made = test_time.save_tta_run(trained[0], faces, place)
    with pytest.raises(DataError, match="tiny_tta/seed0 was made from tiny/seed0"):
        test_time.save_tta_run(made, faces, place)


def test_the_record_of_a_training_is_not_replaced(trained, place):
    before = runs.load("plain", 0, place).predictions
    with pytest.raises(DataError, match="the record of a training"):
        geometric_ensemble(trained, "plain", place)
    assert runs.load("plain", 0, place).predictions.equals(before)


def test_commands_record_what_they_made(trained, faces, place, monkeypatch):
    monkeypatch.setattr("helpers.cli.combine.load_faces", lambda source: faces)
    for words, name in (
        (["tta", "tiny"], "tiny_tta"),
        (["ensemble", "tiny", "plain", "--name", "both", "--report"], "both"),
    ):
        said = CliRunner().invoke(main, [*words, "--results", str(place)])
        assert said.exit_code == 0, said.output
        accuracy = runs.load(name, 0, place).metrics("PublicTest")["accuracy"]
        assert f"{name}/seed0: PublicTest {accuracy:.1%}" in said.output


def test_each_task_has_a_table_of_its_own(trained, place):
    ours, theirs = leaderboard(None, place), leaderboard(None, place, "ferplus")
    assert "tiny" in ours.index and "tiny_votes" not in ours.index
    assert list(theirs.index) == ["tiny_votes"]


def made_up(run, name, probabilities):
    """A run that says these probabilities of both tests."""
    predictions = run.predictions.copy()
    predictions[list(run.classes)] = probabilities
    return replace(run, experiment=name, predictions=predictions)


@pytest.fixture(scope="module")
def members(trained):
    """A run that is right more often than not, one that is too sure of itself, one that guesses."""
    run, chance = trained[0], np.random.default_rng(1)
    truth = np.eye(7)[run.predictions["label"]]
    noise = [chance.dirichlet(np.ones(7), len(truth)) for _ in range(3)]
    sure = (0.15 * truth + noise[1]) ** 8
    return [
        made_up(run, "good", (0.15 * truth + noise[0]) / 1.15),
        made_up(run, "sure", sure / sure.sum(axis=1, keepdims=True)),
        made_up(run, "guess", noise[2]),
    ]


def loss(run):
    return run.metrics("PublicTest")["log_loss"]


def test_together_is_likelier_than_each_and_ignores_who_guesses(members, tmp_path):
    run = geometric_ensemble(members, results=tmp_path)
    good, sure, guess = run.config["made"]["weights"]
    assert guess < sure < good  # who is too sure is listened to with care
    assert loss(run) < min(map(loss, members))
    assert run.config["made"]["from"] == ["good/seed0", "sure/seed0", "guess/seed0"]
    turned = geometric_ensemble(members[::-1], "turned", results=tmp_path)
    assert turned.config["made"]["weights"][::-1] == pytest.approx([good, sure, guess], abs=0.02)


def test_private_test_does_not_move_the_weights(members, tmp_path):
    one = geometric_ensemble(members, results=tmp_path).config["made"]["weights"]
    private = members[0].predictions["split"] == "PrivateTest"
    spoilt = members[0].predictions.copy()
    spoilt.loc[private, list(members[0].classes)] = 1 / 7
    other = [replace(members[0], predictions=spoilt), *members[1:]]
    assert geometric_ensemble(other, results=tmp_path).config["made"]["weights"] == one


def test_an_ensemble_of_different_faces_is_refused(members, tmp_path):
    fewer = replace(members[1], predictions=members[1].predictions.iloc[1:])
    with pytest.raises(DataError, match="not measured on the same faces"):
        geometric_ensemble([members[0], fewer], results=tmp_path)
    with pytest.raises(DataError, match="two members"):
        geometric_ensemble(members[:1], results=tmp_path)


def test_ablation_is_counted_face_by_face(members, tmp_path):
    truth = members[0].predictions["label"].to_numpy()
    public = np.flatnonzero(members[0].predictions["split"] == "PublicTest")

    def record(name, wrong, seed=0):
        said = np.eye(7)[truth]
        said[public[:wrong]] = np.roll(said[public[:wrong]], 1, axis=1)
        run = made_up(members[0], name, said)
        name = f"ablation/{name}"
        write_json(runs.run_dir(name, seed, tmp_path) / "config.json", run.config | {"made": {}})
        runs.save_run(name, seed, run.predictions, {}, tmp_path)

    record("recipe", 14)
    record("worse", 28)
    record("better", 0)
    record("better", 14, seed=1)
    with pytest.raises(DataError, match="no finished run of other"):
        ablation_table(tmp_path, "other")
    table = ablation_table(tmp_path)
    assert list(table.index) == ["better", "recipe", "worse"]
    assert table["accuracy"].tolist() == pytest.approx([90, 80, 60])
    assert table["difference"].tolist() == pytest.approx([10, 0, -20])
    step = np.array([-1] * 14 + [0] * 56)
    error = 2 * 100 * step.std(ddof=1) / np.sqrt(70)
    assert table["error"].tolist() == pytest.approx([error / 2, np.nan, error], nan_ok=True)
    assert table["seeds"].tolist() == [2, 1, 1]

    record("recipe", 0, seed=1)  # 80 % and 100 %
    table = ablation_table(tmp_path)
    assert table.loc["worse", "difference"] == pytest.approx(-30)
    assert table.loc["recipe", "error"] == pytest.approx(2 * 100 * np.std([0.8, 1], ddof=1))


def test_commands_say_what_is_missing():
    for words in (["tta", "nobody"], ["report", "nobody"]):
        said = CliRunner().invoke(main, words)
        assert said.exit_code == 1 and "no finished run of nobody" in said.output
    said = CliRunner().invoke(main, ["ensemble", "deeper_cnn", "nobody"])
    assert said.exit_code == 1 and "no recorded run of nobody" in said.output
