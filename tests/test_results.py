"""What is recorded under results/ is complete, and says what its predictions say."""

import json

import pandas as pd
import pytest
from click.testing import CliRunner

from helpers.cli.main import main
from helpers.cli.results import with_tables
from helpers.config import EVAL_SPLITS, HOME, RESULTS, SHIPPED
from helpers.evaluation import runs
from helpers.evaluation.ensemble import geometric_ensemble
from helpers.evaluation.leaderboards import answer_by_summing, labels_table, leaderboard, recorded_tasks
from helpers.faces import TASKS, description
from helpers.training.experiments import ABLATION, EXPERIMENTS, LABELS


def recorded(pattern):
    """Every finished run of every task, with the names of its folders."""
    for task in TASKS:
        for path in sorted((RESULTS / task).glob(pattern)):
            experiment = path.parents[1].relative_to(RESULTS / task).as_posix()
            yield runs.load(experiment, int(path.parent.name[4:]), task=task)


RECORDED = list(recorded("**/seed*/metrics.json"))
TRAINED = [run for run in RECORDED if "made" not in run.config]
ENSEMBLES = [run for run in RECORDED if "weights" in run.config.get("made", {})]
ABLATIONS = [run for run in TRAINED if "/" in run.experiment]


#: Of FER-2013; what asks for an attribute is answered by UTKFace.
FIRST_TWO_SPLITS = dict.fromkeys(("label", "votes"), "bf72abf94d945f55") | {"sex": "102b29822c3766a9"}


def told(run):
    return f"{run.task}/{run.name}"


def said_of(run):
    path = runs.run_dir(run.experiment, run.seed, task=run.task) / "metrics.json"
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("run", RECORDED, ids=told)
def test_metrics_are_what_the_predictions_say(run):
    assert run.config["data"]["fingerprint"] == FIRST_TWO_SPLITS[TASKS[run.task].source]
    assert run.classes == TASKS[run.task].classes
    assert run.config["task"] == run.task
    for split in run.splits:
        assert run.in_split(split)["row"].is_unique
        measured = run.metrics(split)
        assert measured["accuracy"] == pytest.approx(said_of(run)[split]["accuracy"], abs=1e-9)
    assert bool(run.reported) == ("PrivateTest" in run.splits), "a report leaves its day"


@pytest.mark.parametrize("run", TRAINED, ids=told)
def test_trained_run_is_complete_and_its_best_epoch_was_predicted(run):
    counts = description.load().counts
    if run.task == "expressions":
        for split in run.splits:
            labels = run.in_split(split)["label"].value_counts().sort_index()
            assert labels.tolist() == counts[split].tolist()
    best = run.history["val_accuracy"].idxmax()
    assert said_of(run)["best epoch"] == run.history.loc[best, "epoch"]
    chosen = run.metrics("PublicTest")["accuracy"]
    assert chosen == pytest.approx(run.history.loc[best, "val_accuracy"], abs=1e-9)


def test_what_was_recorded_before_the_rooms_moved_is_still_there():
    """Accuracies on PrivateTest that the project has published."""
    for name, percent in (("flagship", 70.9), ("flagship_tta", 72.5), ("ensemble", 73.5)):
        assert round(100 * runs.load(name).metrics("PrivateTest")["accuracy"], 1) == percent
    ferplus = runs.load("flagship_votes", task="ferplus").metrics("PrivateTest")
    assert round(100 * ferplus["accuracy"], 1) == 86.3 and ferplus["faces"] == 3153


@pytest.mark.parametrize("run", ENSEMBLES, ids=told)
def test_recorded_ensemble_follows_from_its_members(run, tmp_path):
    names = [name.split("/seed") for name in run.config["made"]["from"]]
    members = [runs.load(experiment, int(seed), task=run.task) for experiment, seed in names]
    again = geometric_ensemble(members, run.experiment, tmp_path, report=True)
    weights = run.config["made"]["weights"]
    assert again.config["made"]["weights"] == pytest.approx(weights, abs=0.01)
    for split in EVAL_SPLITS:
        one, other = (each.targets_and_probabilities(split)[1] for each in (again, run))
        assert one == pytest.approx(other, abs=0.005)


@pytest.mark.parametrize("run", ABLATIONS, ids=told)
def test_a_study_is_recorded_as_it_is_set_up(run):
    folder, name = run.experiment.split("/")
    asked = {"ablation": ABLATION, "labels": LABELS}[folder][name]
    assert run.config["experiment"] == json.loads(json.dumps(asked.as_dict()))


def test_recipes_are_those_of_the_records():
    """Where a run was made without options, its config is what the registry says today."""
    for run in TRAINED:
        if run.experiment in EXPERIMENTS and run.config["weights"] == "random":
            asked = json.loads(json.dumps(EXPERIMENTS[run.experiment].as_dict()))
            if asked["options"].get("weights") != "imagenet":
                assert run.config["experiment"] == asked, told(run)


def test_results_are_printed_from_the_predictions():
    printed = CliRunner().invoke(main, ["results"])
    assert printed.exit_code == 0, printed.output
    for task in recorded_tasks():
        assert TASKS[task].question in printed.output
        for name, row in leaderboard(description.load().leaked, task=task).iterrows():
            assert name in printed.output and f"{row['PublicTest']:.1f}" in printed.output


def test_a_coarser_question_is_answered_by_summing():
    run, four = runs.load("flagship"), TASKS["four"]
    summed = answer_by_summing(run, four)
    assert summed.classes == four.classes and summed.task == "four"
    kept = run.predictions[run.predictions["label"].isin([run.classes.index(name) for name in four.classes])]
    assert summed.predictions["row"].tolist() == kept["row"].tolist()
    picked = kept[list(four.classes)].to_numpy()  # each of the four is one of the seven
    right = picked.argmax(axis=1) == summed.predictions["label"]
    wanted = right[(kept["split"] == "PublicTest").to_numpy()].mean()
    assert summed.metrics("PublicTest")["accuracy"] == pytest.approx(wanted)
    tables = {task: leaderboard(task=task) for task in ("expressions", "ferplus", "four")}
    assert {task: "flagship, summed" in table.index for task, table in tables.items()} == {
        "expressions": False,
        "ferplus": False,
        "four": True,
    }


def test_labels_are_counted_from_each_start():
    table = labels_table()
    (start, percent), row = next(iter(table.iterrows()))
    reached = [run.metrics("PublicTest")["accuracy"] for run in runs.find(f"labels/{start}_{percent}")]
    assert row["seeds"] == len(reached)
    assert row["accuracy"] == pytest.approx(100 * sum(reached) / len(reached))


def test_leaked_rows_are_as_many_as_the_description_counts():
    known = description.load()
    for split in EVAL_SPLITS:
        counted = known.identical[f"{split} also in Training"]
        assert (known.leaked["split"] == split).sum() == counted


def test_readme_has_the_leaderboards():
    """`fer results --update-readme` writes them."""
    readme = (HOME / "README.md").read_text(encoding="utf-8")
    for task in recorded_tasks():
        assert f"<!-- leaderboard {task} -->" in readme
    assert with_tables(readme, description.load().leaked) == readme


def test_readme_quotes_the_recorded_measurements():
    readme = " ".join((HOME / "README.md").read_text(encoding="utf-8").split())
    server = pd.read_csv(RESULTS / "benchmarks" / "serving.csv", index_col=0)["serving"]
    assert f"The server answers {server['a second']:.0f} photographs" in readme
    assert f"99 % of them within {server['p99, ms']:.0f} ms" in readme


def test_shipped_models_say_what_their_runs_say():
    for path in SHIPPED.glob("*/model.json"):
        about = json.loads(path.read_text(encoding="utf-8"))
        if "classes" not in about:  # a detector: test_finding.py
            continue
        run = runs.load(about["experiment"], about["seed"], task=about["task"])
        assert about["classes"] == list(run.classes)
        for split in run.splits:
            accuracy = run.metrics(split)["accuracy"]
            assert about["measured"][split]["accuracy"] == pytest.approx(accuracy, abs=1e-6)
            assert about["confusion"][split] == run.confusion(split).to_numpy().tolist()
        assert f"**{run.metrics('PrivateTest')['accuracy']:.1%}**" in (path.parent / "README.md").read_text(
            encoding="utf-8"
        )


def test_published_says_what_was_measured_here():
    published = pd.read_csv(RESULTS / "published.csv", index_col="model")["PrivateTest"]
    measured = pd.read_csv(RESULTS / "benchmarks" / "recognition.csv", index_col=0)["fer"]
    assert published["mini-XCEPTION"] == round(measured["PrivateTest, %"], 1)
