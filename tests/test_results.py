"""What is recorded under results/ is complete, and says what its predictions say."""

import json

import pandas as pd
import pytest
from click.testing import CliRunner

from helpers import profile, runs
from helpers.cli import main
from helpers.config import EXPRESSIONS, HOME, RESULTS

RECORDED = sorted(RESULTS.glob("*/seed*/metrics.json"))


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: "/".join(path.parts[-3:-1]))
def test_recorded_run_is_complete_and_agrees_with_its_predictions(path):
    experiment, seed = path.parts[-3], int(path.parts[-2].removeprefix("seed"))
    run = runs.load(experiment, seed)
    counts = profile.load().counts
    assert run.classes == EXPRESSIONS
    assert run.config["data"]["fingerprint"] == profile.load().fingerprint
    recorded = json.loads(path.read_text())
    for split in runs.TESTS:
        part = run.part(split)
        assert part["row"].is_unique
        assert part["label"].value_counts().sort_index().tolist() == counts[split].tolist()
        measured = run.metrics(split)
        assert measured["accuracy"] == pytest.approx(recorded[split]["accuracy"], abs=1e-9)
    best = run.history["val_accuracy"].idxmax()
    assert recorded["best epoch"] == run.history.loc[best, "epoch"]
    chosen = run.metrics("PublicTest")["accuracy"]
    assert chosen == pytest.approx(run.history.loc[best, "val_accuracy"], abs=0.002)


def test_results_are_printed_from_the_predictions():
    printed = CliRunner().invoke(main, ["results"])
    assert printed.exit_code == 0, printed.output
    table = runs.table(profile.load().leaked)
    for name, row in table.iterrows():
        assert name in printed.output and f"{row['PrivateTest']:.1f}" in printed.output


def test_leaked_rows_are_as_many_as_the_profile_counts():
    recorded = profile.load()
    for split in runs.TESTS:
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
        f"reads {ours['frames a second']:.0f} frames of that size a second where the package "
        f"`fer` reads {package['frames a second']:.0f}, finds {ours['found']:.0f} of "
        f"{ours['faces']:.0f} faces where that finds {package['found']:.0f}, and makes up "
        f"{ours['made up']:.0f} where that makes up {package['made up']:.0f}"
    ) in readme
