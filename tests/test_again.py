"""Reading both tests again: several views of a face, FER+'s classes, several models together."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from helpers import agreement, runs
from helpers.cli.main import main
from helpers.evaluation.ensemble import together
from helpers.training.experiments import EXPERIMENTS, Stage
from helpers.faces import DataError
from helpers.rendering import rendered_faces

pytest.importorskip("keras")

from helpers import again, training

TINY = replace(
    EXPERIMENTS["flagship"],
    name="tiny",
    stages=(Stage(2, 0.02),),
    options={"filters": (8, 16), "blocks_per_stage": 1},
    batch=32,
    average=0.5,
)
PLAIN = replace(TINY, name="plain", model="deeper_cnn", options={"filters": (4, 8)}, votes=0)


@pytest.fixture(scope="module")
def faces():
    return rendered_faces((140, 70, 70), progress=False, cache=False)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("again")


@pytest.fixture(scope="module")
def trained(faces, place):
    return [training.train(one, faces, results=place / "results") for one in (TINY, PLAIN)]


def test_views_are_shifted_and_mirrored():
    pictures = np.random.default_rng(0).integers(0, 256, (2, 48, 48)).astype(np.uint8)
    seen = list(again.views(pictures))
    assert {view.shape for view in seen} == {(2, 48, 48)}
    assert len({view.tobytes() for view in seen}) == 10
    assert (seen[0] == pictures).all() and (seen[1] == pictures[:, :, ::-1]).all()
    moved = dict(zip(again.SHIFTS, seen[::2], strict=True))
    assert (moved[-2, 0][:, :46] == pictures[:, 2:]).all()  # two rows up, the last one repeated
    assert (moved[-2, 0][:, 46:] == pictures[:, 47:]).all()
    assert (moved[0, 2][:, :, 2:] == pictures[:, :, :46]).all()


def test_views_are_averaged_and_recorded(trained, faces, place):
    run = again.in_views(trained[0], faces, place / "results")
    assert run.experiment == "tiny_tta" and run.config["made"]["from"] == ["tiny/seed0"]
    assert runs.load("tiny_tta", 0, place / "results").metrics("PublicTest") == run.metrics(
        "PublicTest"
    )
    model = training.best_model("tiny", 0, place / "results")
    part = faces.in_split("PrivateTest")
    said = np.mean(
        [model.predict(v[..., None], verbose=0)[0] for v in again.views(part.images)], axis=0
    )
    assert run.targets_and_probabilities("PrivateTest")[1] == pytest.approx(said, abs=1e-5)
    assert (run.targets_and_probabilities("PrivateTest")[0] == part.labels).all()


def test_ferplus_is_named_by_the_head_that_learnt_votes(trained, faces, place):
    run = again.in_ferplus(trained[0], faces, place / "results")
    assert run.classes == tuple(n for n in faces.vote_names if n not in agreement.NO_EXPRESSION)
    part = agreement.majority(faces.in_split("PrivateTest"))
    labels, said = run.targets_and_probabilities("PrivateTest")
    assert (labels == part.labels).all() and 0 < len(labels) <= 70
    votes = training.best_model("tiny", 0, place / "results").predict(
        part.images[..., None], verbose=0
    )[1]
    assert said == pytest.approx(votes, abs=1e-5)


def test_a_model_without_votes_cannot_name_ferplus(trained, faces, place):
    with pytest.raises(DataError, match="no head for votes"):
        again.in_ferplus(trained[1], faces, place / "results")


def test_other_data_and_lost_weights_are_refused(trained, faces, place, tmp_path):
    other = faces.take(np.arange(len(faces)) != 3)
    with pytest.raises(DataError, match="other data"):
        again.in_views(trained[0], other, place / "results")
    with pytest.raises(DataError, match=r"best\.keras is missing"):
        again.in_views(trained[0], faces, tmp_path)


def test_what_was_made_from_runs_has_no_model(trained, faces, place):
    made = again.in_views(trained[0], faces, place / "results")
    with pytest.raises(DataError, match="tiny_tta/seed0 was made from tiny/seed0"):
        again.in_views(made, faces, place / "results")


def test_the_record_of_a_training_is_not_replaced(trained, place):
    before = runs.load("plain", 0, place / "results").predictions
    with pytest.raises(DataError, match="the record of a training"):
        together(trained, "plain", place / "results")
    assert runs.load("plain", 0, place / "results").predictions.equals(before)


def test_commands_record_what_they_made(trained, faces, place, monkeypatch):
    monkeypatch.setattr("helpers.datasets.load_faces", lambda source: faces)
    where = ["--results", str(place / "results")]
    for words, name in (
        (["views", "tiny"], "tiny_tta"),
        (["ferplus", "tiny"], "tiny_ferplus"),
        (["ensemble", "tiny", "plain", "--name", "both"], "both"),
    ):
        said = CliRunner().invoke(main, [*words, *where])
        assert said.exit_code == 0, said.output
        run = runs.load(name, 0, place / "results")
        assert (
            f"{name}/seed0: PublicTest {run.metrics('PublicTest')['accuracy']:.1%}" in said.output
        )


def test_ferplus_has_a_table_of_its_own(trained, faces, place):
    again.in_ferplus(trained[0], faces, place / "results")
    leaked = pd.DataFrame({"split": ["PrivateTest"], "row": [-1]})
    ours = runs.table(leaked, place / "results")
    theirs = runs.table(leaked, place / "results", "FER+")
    assert "tiny" in ours.index and "tiny_ferplus" not in ours.index
    assert list(theirs.index) == ["tiny_ferplus"]


def made_up(run, name, probabilities):
    """A run that says these probabilities of both tests."""
    predictions = run.predictions.copy()
    predictions[list(run.classes)] = probabilities
    return replace(run, experiment=name, predictions=predictions)


@pytest.fixture(scope="module")
def members(trained):
    """A run that is right more often than not, one that is too sure of itself, one that guesses."""
    run, chance = trained[0], np.random.default_rng(1)
    attributes = np.eye(7)[run.predictions["label"]]
    noise = [chance.dirichlet(np.ones(7), len(attributes)) for _ in range(3)]
    sure = (0.15 * attributes + noise[1]) ** 8
    return [
        made_up(run, "good", (0.15 * attributes + noise[0]) / 1.15),
        made_up(run, "sure", sure / sure.sum(axis=1, keepdims=True)),
        made_up(run, "guess", noise[2]),
    ]


def loss(run):
    return run.metrics("PublicTest")["log_loss"]


def test_together_is_likelier_than_each_and_ignores_who_guesses(members, tmp_path):
    run = together(members, results=tmp_path)
    good, sure, guess = run.config["made"]["weights"]
    assert guess < sure < good  # who is too sure is listened to with care
    assert loss(run) < min(map(loss, members))
    assert run.config["made"]["from"] == ["good/seed0", "sure/seed0", "guess/seed0"]
    turned = together(members[::-1], "turned", results=tmp_path)
    assert turned.config["made"]["weights"][::-1] == pytest.approx([good, sure, guess], abs=0.02)


def test_private_test_does_not_move_the_weights(members, tmp_path):
    one = together(members, results=tmp_path).config["made"]["weights"]
    private = members[0].predictions["split"] == "PrivateTest"
    spoilt = members[0].predictions.copy()
    spoilt.loc[private, list(members[0].classes)] = 1 / 7
    other = [replace(members[0], predictions=spoilt), *members[1:]]
    assert together(other, results=tmp_path).config["made"]["weights"] == one


def test_an_ensemble_of_different_faces_is_refused(members, tmp_path):
    fewer = replace(members[1], predictions=members[1].predictions.iloc[1:])
    with pytest.raises(DataError, match="did not read the same faces"):
        together([members[0], fewer], results=tmp_path)
    with pytest.raises(DataError, match="two members"):
        together(members[:1], results=tmp_path)


def test_ablation_is_counted_face_by_face(members, tmp_path):
    attributes = members[0].predictions["label"].to_numpy()
    public = np.flatnonzero(members[0].predictions["split"] == "PublicTest")

    def record(name, wrong, seed=0):
        said = np.eye(7)[attributes]
        said[public[:wrong]] = np.roll(said[public[:wrong]], 1, axis=1)
        run = made_up(members[0], name, said)
        runs.write_json(folder(name, seed) / "config.json", run.config | {"made": {}})
        runs.record(name, seed, run.predictions, {}, tmp_path)

    def folder(name, seed):
        place = runs.run_dir(name, seed, tmp_path)
        place.mkdir(parents=True)
        return place

    record("recipe", 14)
    record("worse", 28)
    record("better", 0)
    record("better", 14, seed=1)
    with pytest.raises(DataError, match="no finished run of other"):
        runs.ablation(tmp_path, "other")
    table = runs.ablation(tmp_path)
    assert list(table.index) == ["better", "recipe", "worse"]
    assert table["accuracy"].tolist() == pytest.approx([90, 80, 60])
    assert table["ahead"].tolist() == pytest.approx([10, 0, -20])
    step = np.array([-1] * 14 + [0] * 56)
    error = 2 * 100 * step.std(ddof=1) / np.sqrt(70)
    assert table["error"].tolist() == pytest.approx([error / 2, np.nan, error], nan_ok=True)
    assert table["seeds"].tolist() == [2, 1, 1]

    record("recipe", 0, seed=1)  # 80 % and 100 %
    table = runs.ablation(tmp_path)
    assert table.loc["worse", "ahead"] == pytest.approx(-30)
    assert table.loc["recipe", "error"] == pytest.approx(2 * 100 * np.std([0.8, 1], ddof=1))


def test_commands_say_what_is_missing():
    for words in (["views", "nobody"], ["ferplus", "nobody"]):
        said = CliRunner().invoke(main, words)
        assert said.exit_code == 1 and "no finished run of nobody" in said.output
    said = CliRunner().invoke(main, ["ensemble", "deeper_cnn", "nobody"])
    assert said.exit_code == 1 and "no recorded run of nobody" in said.output
