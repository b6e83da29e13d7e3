"""What notebooks call to train, to look inside, and to compare."""

import os
from dataclasses import replace

import matplotlib
import numpy as np
import pandas as pd
import pytest

from helpers import config, figures, live, models, profile, runs
from helpers.config import RESULTS
from helpers.training.experiments import Experiment, Stage
from helpers.system import suppress_stderr
from helpers.rendering import rendered_faces

TINY = Experiment("tiny", "deeper_cnn", (Stage(2, 1e-3),), {"filters": (4, 8)}, batch=16)


@pytest.fixture(scope="module")
def faces():
    return rendered_faces((64, 28, 28), progress=False, cache=False)


@pytest.mark.filterwarnings("ignore:FigureCanvasAgg is non-interactive")
def test_watched_training_prints_extremes_and_leaves_its_best_model(
    faces, tmp_path, monkeypatch, capfd
):
    matplotlib.use("agg")
    monkeypatch.setattr(live, "QUICK", tmp_path / "quick")
    watched = live.watch(TINY, faces)
    assert list(watched.history["epoch"]) == [1, 2]
    printed = capfd.readouterr().out
    assert f"last {watched.history['val_accuracy'].iloc[-1]:.3f}" in printed
    assert "PublicTest" in printed and "Loss" in printed
    part = faces.in_split("PrivateTest")
    probabilities = live.model_of(watched).predict(part.images[..., None], verbose=0)
    recorded = watched.in_split("PrivateTest")[list(faces.classes)].to_numpy()
    np.testing.assert_allclose(probabilities, recorded, atol=1e-5)


def test_compared_trainings_keep_their_names_and_leave_no_bar(faces, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(live, "QUICK", tmp_path / "quick")
    short = replace(TINY, stages=(Stage(1, 1e-3),))
    wide = replace(short, name="wide", options={"filters": (8, 8)})
    done = live.compare({"narrow": short, "wide": wide}, faces)
    assert [run.experiment for run in done.values()] == ["tiny", "wide"]
    assert done["wide"].config["parameters"] > done["narrow"].config["parameters"]
    assert not capfd.readouterr().out.replace("\x1b[2K", "").strip()  # what clears the bar


def test_layer_table_counts_every_parameter():
    model = models.build("baseline_cnn", 7)
    table = models.layer_table(model)
    assert table["parameters"].sum() == model.count_params()
    assert table.loc["flatten", "output"] == "4608"


def test_feature_maps_are_what_the_first_convolution_makes(faces):
    model = models.build("baseline_cnn", 7)
    maps = models.feature_maps(model, faces.images[0], each=5)
    assert [m.shape for m in maps.values()] == [(5, 48, 48), (5, 24, 24), (5, 12, 12)]
    assert all(m.min() >= 0 and m.max() == pytest.approx(255) for m in maps.values())


def test_examples_differ_from_each_other_and_come_again_with_the_seed(faces):
    one, two = (models.augmented_examples(faces.images[0], 4, seed=s, rotation=10) for s in (1, 1))
    np.testing.assert_array_equal(one, two)
    assert np.abs(one[0] - one[1]).mean() > 0.5


def test_quiet_holds_back_native_output_but_not_that_of_a_failure(capfd):
    with suppress_stderr():
        os.write(2, b"chatter")
    assert capfd.readouterr().err == ""
    with pytest.raises(ImportError), suppress_stderr():
        os.write(2, b"the reason")
        raise ImportError
    assert "the reason" in capfd.readouterr().err


def test_ladder_puts_our_numbers_beside_the_student_projects():
    leaked = profile.load().leaked
    table = runs.ladder(["baseline_cnn", "nobody_recorded_this"], leaked)
    assert table.loc["baseline_cnn", "student project, validation"] == 45.5
    measured = [run.metrics("PrivateTest")["accuracy"] for run in runs.find("baseline_cnn")]
    assert table.loc["baseline_cnn", "PrivateTest"] == pytest.approx(100 * np.mean(measured))
    assert table.loc["nobody_recorded_this"].isna().all()


def test_extremes_are_those_of_the_history():
    run = runs.load("baseline_cnn")
    extremes = run.history_extrema()
    assert extremes.loc["val_accuracy", "max"] == run.history["val_accuracy"].max()
    assert extremes.loc["loss", "last"] == run.history["loss"].iloc[-1]


def test_training_is_told_from_the_record():
    told = runs.load("alexnet").training()
    assert told["start"] == "random" and told["M parameters"] == 5.7
    assert told["epochs"] == 50 >= told["chosen epoch"] > 0
    assert told["augmentation"].startswith("rotation, shear")
    assert runs.load("baseline_cnn").training()["augmentation"] == ""


def test_figures_of_trainings_draw(faces):
    run = runs.load("baseline_cnn")
    drawn = [
        figures.learning_curves({"a": run, "b": run}),
        figures.confusion(run.confusion("PublicTest")),
        figures.calibration({"a": run.targets_and_probabilities("PublicTest"), "b": run.targets_and_probabilities("PrivateTest")}),
        figures.ablation(
            pd.DataFrame({"ahead": [1, 0], "error": [0.5, np.nan]}, ["more", "recipe"])
        ),
        figures.leaderboard(pd.Series({"ours": 70.0, "theirs": 71.0}), {"ours"}),
        figures.pictures({"one": faces.images[:1], "three": faces.images[:3]}),
        figures.ladder(pd.DataFrame({"theirs": [45.5, 24.7], "ours": [60.4, np.nan]}, ["a", "b"])),
    ]
    assert all(figure._repr_png_().startswith(b"\x89PNG") for figure in drawn)
    shown = [text.get_text() for text in drawn[1].axes[0].texts]
    recall = 100 * run.metrics("PublicTest")["recall"]["angry"]
    assert shown[0] == f"{recall:.0f}"


def test_a_figure_is_kept_anew_when_a_single_number_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "FIGURES", tmp_path)

    def drawn(accuracy):
        return figures.ladder(pd.DataFrame({"theirs": [45.5, 24.7], "ours": [60, accuracy]}))

    figures.save("ladder", drawn(np.nan))
    path = tmp_path / "ladder.png"
    for accuracy in (61.0, 61.1):
        before = path.read_bytes()
        figures.save("ladder", drawn(accuracy))
        assert path.read_bytes() != before
    stamp = path.stat().st_mtime_ns
    figures.save("ladder", drawn(61.1))
    assert path.stat().st_mtime_ns == stamp


def test_student_numbers_name_experiments_once():
    table = pd.read_csv(RESULTS / "student_projects.csv")
    assert table["experiment"].is_unique and table["accuracy"].between(0, 100).all()
