"""What is recorded about a model, for the dashboard. In: the model. Out: plain values."""

from functools import cache

from helpers import config, profile, runs
from helpers.faces import DataError


def recorded(about: dict) -> dict:
    """Give the model's confusion matrix and recalls on PrivateTest, and the ladder's table."""
    return _recorded(about["experiment"], about["seed"])


@cache
def _recorded(experiment: str, seed: int) -> dict:
    try:
        run = runs.load(experiment, seed)
        table = runs.table(profile.load().leaked)
    except DataError as error:
        return {"missing": str(error)}
    matrix = run.confusion("PrivateTest")
    ladder = [
        {"experiment": name} | {column: round(float(value), 4) for column, value in row.items()}
        for name, row in table.dropna(axis="columns").iterrows()
    ]
    return {
        "experiment": experiment,
        "emoji": config.EMOJI,
        "classes": list(run.classes),
        "confusion": matrix.to_numpy().tolist(),
        "metrics": {split: _short(run.metrics(split)) for split in runs.EVAL_SPLITS},
        "ladder": ladder,
    }


def _short(metrics: dict) -> dict:
    names = ("faces", "accuracy", "balanced_accuracy", "macro_f1")
    return {name: round(metrics[name], 6) for name in names}
