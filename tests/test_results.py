"""What is recorded under results/ is complete, and says what its predictions say."""

import json

import pandas as pd
import pytest
from click.testing import CliRunner

from helpers import profile, runs
from helpers.cli.main import main
from helpers.config import ABLATION_RESULTS, EXPRESSIONS, HOME, RESULTS
from helpers.evaluation.ensemble import together
from helpers.training.experiments import ABLATION

RECORDED = [
    runs.load(path.parts[-3], int(path.parts[-2].removeprefix("seed")))
    for path in sorted(RESULTS.glob("*/seed*/metrics.json"))
]
TRAINED = [run for run in RECORDED if "made" not in run.config]
ENSEMBLES = [run for run in RECORDED if "weights" in run.config.get("made", {})]


def said_of(run):
    path = runs.run_dir(run.experiment, run.seed) / "metrics.json"
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("run", RECORDED, ids=lambda run: run.name)
def test_metrics_are_what_the_predictions_say(run):
    assert run.config["data"]["fingerprint"] == profile.load().fingerprint
    for split in runs.EVAL_SPLITS:
        assert run.in_split(split)["row"].is_unique
        measured = run.metrics(split)
        assert measured["accuracy"] == pytest.approx(said_of(run)[split]["accuracy"], abs=1e-9)


@pytest.mark.parametrize("run", TRAINED, ids=lambda run: run.name)
def test_trained_run_is_complete_and_its_best_epoch_was_predicted(run):
    counts = profile.load().counts
    assert run.classes == EXPRESSIONS
    for split in runs.EVAL_SPLITS:
        labels = run.in_split(split)["label"].value_counts().sort_index()
        assert labels.tolist() == counts[split].tolist()
    best = run.history["val_accuracy"].idxmax()
    assert said_of(run)["best epoch"] == run.history.loc[best, "epoch"]
    chosen = run.metrics("PublicTest")["accuracy"]
    assert chosen == pytest.approx(run.history.loc[best, "val_accuracy"], abs=1e-9)


@pytest.mark.parametrize("run", ENSEMBLES, ids=lambda run: run.name)
def test_recorded_ensemble_follows_from_its_members(run, tmp_path):
    names = [name.split("/seed") for name in run.config["made"]["from"]]
    members = [runs.load(experiment, int(seed)) for experiment, seed in names]
    again = together(members, run.experiment, tmp_path)
    weights = run.config["made"]["weights"]
    assert again.config["made"]["weights"] == pytest.approx(weights, abs=0.01)
    for split in runs.EVAL_SPLITS:
        assert again.targets_and_probabilities(split)[1] == pytest.approx(run.targets_and_probabilities(split)[1], abs=0.005)


@pytest.mark.parametrize("name", sorted(path.name for path in ABLATION_RESULTS.glob("*")))
def test_ablation_is_recorded_as_it_is_set_up(name):
    for run in runs.find(name, ABLATION_RESULTS):
        assert run.config["experiment"] == json.loads(json.dumps(ABLATION[name].as_dict()))
        path = runs.run_dir(name, run.seed, ABLATION_RESULTS) / "metrics.json"
        said = json.loads(path.read_text(encoding="utf-8"))
        for split in runs.EVAL_SPLITS:
            measured = run.metrics(split)["accuracy"]
            assert measured == pytest.approx(said[split]["accuracy"], abs=1e-9)


def test_results_are_printed_from_the_predictions():
    printed = CliRunner().invoke(main, ["results"])
    assert printed.exit_code == 0, printed.output
    table = runs.table(profile.load().leaked)
    for name, row in table.iterrows():
        assert name in printed.output and f"{row['PrivateTest']:.1f}" in printed.output


def test_leaked_rows_are_as_many_as_the_profile_counts():
    recorded = profile.load()
    for split in runs.EVAL_SPLITS:
        assert (recorded.leaked["split"] == split).sum() == recorded.identical[
            f"{split} also in Training"
        ]


def test_readme_quotes_the_recorded_results():
    readme = (HOME / "README.md").read_text(encoding="utf-8")
    for name, row in runs.table(profile.load().leaked).iterrows():
        shares = " | ".join(
            f"{row[column]:.1f} %" for column in ("PublicTest", "PrivateTest", "without leaked")
        )
        assert f"| {name} | {row['seeds']:.0f} | {shares} |" in readme


def test_readme_quotes_the_recorded_measurements():
    readme = " ".join((HOME / "README.md").read_text(encoding="utf-8").split())
    folder = RESULTS / "benchmarks"
    server = pd.read_csv(folder / "serving.csv", index_col=0)["serving"]
    assert f"the server answers {server['a second']:.0f} photographs" in readme
    assert f"99 % of them within {server['p99, ms']:.0f} ms" in readme
    ours, package = (
        pd.read_csv(folder / "recognition.csv", index_col=0)[who] for who in ("ours", "fer")
    )
    assert (
        f"reads {ours['pictures a second']:.0f} a second where the package `fer` reads "
        f"{package['pictures a second']:.0f}, finds {ours['pictures: found']:.0f} of "
        f"{ours['pictures: faces']:.0f} faces where that finds {package['pictures: found']:.0f}, "
        f"and makes up {ours['pictures: made up']:.0f} where that makes up "
        f"{package['pictures: made up']:.0f}; in a film made of some of them it reads "
        f"{ours['film frames a second']:.0f} frames a second where that reads "
        f"{package['film frames a second']:.0f}"
    ) in readme


def test_readme_quotes_ferplus():
    readme = " ".join((HOME / "README.md").read_text(encoding="utf-8").split())
    said = runs.load("flagship_ferplus").metrics("PrivateTest")
    share = f"{100 * said['accuracy']:.1f} % of the {said['faces']:,} faces of PrivateTest"
    assert f"{share} on which most agree" in readme


def test_published_says_what_was_measured_here():
    published = pd.read_csv(RESULTS / "published.csv", index_col="model")["PrivateTest"]
    measured = pd.read_csv(RESULTS / "benchmarks" / "recognition.csv", index_col=0)["fer"]
    assert published["mini-XCEPTION"] == round(measured["PrivateTest, %"], 1)
