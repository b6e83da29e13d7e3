"""What notebooks call to train, to look inside, and to compare."""

import os
from dataclasses import replace

import matplotlib
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from helpers import config, figures, models
from helpers.config import RESULTS
from helpers.evaluation import leaderboards, runs
from helpers.faces import EXPRESSIONS, description
from helpers.rendering import rendered_faces
from helpers.system import suppress_stderr
from helpers.training import live
from helpers.training.experiments import EXPERIMENTS, Experiment, Stage

TINY = Experiment("tiny", "deeper_cnn", (Stage(2, 1e-3),), {"filters": (4, 8)}, batch_size=16)


@pytest.fixture(scope="module")
def faces():
    return rendered_faces((64, 28, 28), progress=False, cache=False)


@pytest.mark.filterwarnings("ignore:FigureCanvasAgg is non-interactive")
def test_watched_training_prints_extremes_and_leaves_its_best_model(faces, tmp_path, monkeypatch, capfd):
    matplotlib.use("agg")
    monkeypatch.setattr(live, "QUICK", tmp_path / "quick")
    watched = live.train_with_live_plot(TINY, faces)
    assert list(watched.history["epoch"]) == [1, 2]
    printed = capfd.readouterr().out
    assert f"last {watched.history['val_accuracy'].iloc[-1]:.3f}" in printed
    assert "PublicTest" in printed and "Loss" in printed
    part = faces.in_split("PublicTest")
    probabilities = live.load_best_model(watched).predict(part.images[..., None], verbose=0)
    recorded = watched.in_split("PublicTest")[list(faces.classes)].to_numpy()
    np.testing.assert_allclose(probabilities, recorded, atol=1e-5)


def test_compared_trainings_keep_their_names_and_leave_no_bar(faces, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(live, "QUICK", tmp_path / "quick")
    short = replace(TINY, stages=(Stage(1, 1e-3),))
    wide = replace(short, name="wide", options={"filters": (8, 8)})
    done = live.train_all({"narrow": short, "wide": wide}, faces)
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


def test_suppress_stderr_holds_back_native_output_but_not_that_of_a_failure(capfd):
    with suppress_stderr():
        os.write(2, b"chatter")
    assert capfd.readouterr().err == ""
    with pytest.raises(ImportError), suppress_stderr():
        os.write(2, b"the reason")
        raise ImportError
    assert "the reason" in capfd.readouterr().err


def test_our_numbers_stand_beside_those_of_the_student_projects():
    leaked = description.load().leaked
    table = leaderboards.compare_with_students(["baseline_cnn", "nobody_recorded_this"], leaked)
    assert table.loc["baseline_cnn", "student project, validation"] == 45.5
    measured = [run.metrics("PrivateTest")["accuracy"] for run in runs.find("baseline_cnn")]
    assert table.loc["baseline_cnn", "PrivateTest"] == pytest.approx(100 * np.mean(measured))
    assert list(table.index) == ["baseline_cnn"]


def test_extrema_are_those_of_the_history():
    run = runs.load("baseline_cnn")
    extrema = run.history_extrema()
    assert extrema.loc["val_accuracy", "max"] == run.history["val_accuracy"].max()
    assert extrema.loc["loss", "last"] == run.history["loss"].iloc[-1]


def test_training_is_told_from_the_record():
    told = runs.load("alexnet").training()
    assert told["initial weights"] == "random" and told["M parameters"] == 5.7
    assert told["epochs"] == 50 >= told["chosen epoch"] > 0
    assert told["augmentation"].startswith("rotation, shear")
    assert runs.load("baseline_cnn").training()["augmentation"] == ""


def test_an_experiment_shows_what_is_special_about_it():
    shown = EXPERIMENTS["flagship"]._repr_html_()
    assert "100 epochs at 0.1" in shown and "rotation 12" in shown
    assert "probabilities labels, votes votes" in shown
    plain = EXPERIMENTS["baseline_cnn"]._repr_html_()
    assert "30 epochs at 0.001" in plain and "augmentation" not in plain


def test_figures_of_trainings_draw(faces):
    run = runs.load("baseline_cnn")
    measured = {split: run.targets_and_probabilities(split) for split in run.splits}
    ablation = pd.DataFrame({"difference": [1, 0], "error": [0.5, np.nan]}, ["more", "recipe"])
    accuracies = pd.DataFrame({"theirs": [45.5, 24.7], "ours": [60.4, np.nan]}, ["a", "b"])
    drawn = [
        figures.learning_curves({"a": run, "b": run}),
        figures.confusion(run.confusion("PublicTest")),
        figures.calibration(measured),
        figures.ablation(ablation),
        figures.leaderboard(pd.Series({"ours": 70.0, "theirs": 71.0}), {"ours"}),
        figures.picture_rows({"one": faces.images[:1], "three": faces.images[:3]}),
        figures.accuracy_dots(accuracies),
    ]
    assert all(figure.png.startswith(b"\x89PNG") for figure in drawn)
    shown = [text.get_text() for text in drawn[1].axes[0].texts]
    recall = 100 * run.metrics("PublicTest")["recall"]["angry"]
    assert shown[0] == f"{recall:.0f}"


def test_a_figure_is_shown_with_the_pixels_that_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "FIGURES", tmp_path)
    run = runs.load("baseline_cnn")
    figure = figures.save("curves", figures.learning_curves({"a": run}))
    png, metadata = figure._repr_png_()
    assert png == (tmp_path / "curves.png").read_bytes()
    # Shown at two thirds of its pixels: sharp on a dense screen, and no larger than the text.
    assert metadata["width"] == round(Image.open(tmp_path / "curves.png").width / 1.5)


def test_no_colour_means_two_things():
    of_classes = {figures.style.class_colour(name) for name in EXPRESSIONS.classes}
    of_splits = set(figures.style.SPLIT_COLOURS.values())
    assert len(of_classes) == len(EXPRESSIONS.classes)
    assert not of_classes & of_splits and not of_splits & set(figures.style.SERIES)


def test_a_figure_is_kept_anew_when_a_single_number_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "FIGURES", tmp_path)

    def drawn(accuracy):
        return figures.accuracy_dots(pd.DataFrame({"theirs": [45.5, 24.7], "ours": [60, accuracy]}))

    figures.save("dots", drawn(np.nan))
    path = tmp_path / "dots.png"
    for accuracy in (61.0, 61.1):
        before = path.read_bytes()
        figures.save("dots", drawn(accuracy))
        assert path.read_bytes() != before
    stamp = path.stat().st_mtime_ns
    figures.save("dots", drawn(61.1))
    assert path.stat().st_mtime_ns == stamp


def test_student_numbers_name_experiments_once():
    table = pd.read_csv(RESULTS / "student_projects.csv")
    assert table["experiment"].is_unique and table["accuracy"].between(0, 100).all()
