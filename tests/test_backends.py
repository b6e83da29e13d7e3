"""The same command trains under every Keras backend that is installed, and resumes there."""

import importlib.util
import json
import os
import subprocess
import sys

import layouts
import numpy as np
import pandas as pd
import pytest

from helpers.evaluation import runs

pytest.importorskip("keras")

NAME = "baseline_cnn_augmented"
CHANGING = ["seconds"]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "faces.csv"
    path.write_bytes(layouts.table(layouts.few_faces()))
    return path


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_command_trains_and_resumes(backend, source, tmp_path):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")

    def train(*options):
        command = [sys.executable, "-m", "helpers", "train", NAME, "--preset", "quick"]
        command += ["--epochs", "2", "--source", str(source)]
        command += ["--results", str(tmp_path / "results"), *options]
        environment = {"KERAS_BACKEND": backend}
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ | environment)
        assert done.returncode == 0, done.stderr[-3000:]
        return runs.load(NAME, results=tmp_path / "results")

    run = train()
    assert run.config["backend"] == backend and backend in run.config["versions"]
    assert np.isfinite(run.history["loss"]).all() and len(run.history) == 2
    np.testing.assert_allclose(run.predictions[list(run.classes)].sum(axis=1), 1, atol=1e-5)
    metrics = runs.run_dir(NAME, 0, tmp_path / "results") / "metrics.json"
    assert json.loads(metrics.read_text())["PublicTest"]["faces"] == 14

    kept = runs.checkpoint_dir(NAME, 0, tmp_path / "results")
    (kept / "epoch0002.keras").unlink()  # as if it had been killed before
    again = train("--resume")
    assert again.history["seconds"][0] == run.history["seconds"][0]  # this one was not repeated
    assert (kept / "epoch0002.keras").exists()
    pd.testing.assert_frame_equal(again.history.drop(columns=CHANGING), run.history.drop(columns=CHANGING), rtol=1e-4)
