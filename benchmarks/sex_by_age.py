"""For whom a model of the task `sex` is right: by age, of the set that it was recorded on.

    python benchmarks/sex_by_age.py EXPERIMENT SOURCE

SOURCE is UTKFace, as `fer train EXPERIMENT --task sex --source SOURCE` took it; seed 0, PrivateTest as it was reported.
Faces that are nearly a picture of Training are counted, and left out in the last row. Written to
results/benchmarks/sex_by_age.csv.
"""

from itertools import pairwise

import click
import numpy as np
import pandas as pd
from sklearn.metrics import balanced_accuracy_score

from helpers.config import RESULTS, TEST, TRAINING
from helpers.datasets import load_faces
from helpers.evaluation import runs
from helpers.faces.duplicates import near_duplicates

AGES = (0, 5, 15, 30, 45, 60, 120)
RESAMPLES = 1000


def near_training(faces):
    """Name the rows of PrivateTest that are nearly in Training."""
    pairs = near_duplicates(faces)
    ends = faces.split[pairs[["first", "second"]].to_numpy()]
    found = set()
    for own, other in ((0, 1), (1, 0)):
        crossing = (ends[:, own] == TEST) & (ends[:, other] == TRAINING)
        found |= set(faces.row_ids[pairs.iloc[crossing, own]])
    return found


def measured(table):
    """Give balanced accuracy with its interval, and the recall of both, in percent."""
    label, right = table["label"].to_numpy(), table["right"].to_numpy()
    guess = np.where(right, label, 1 - label)
    rng = np.random.default_rng(0)
    drawn = (rng.integers(len(table), size=len(table)) for _ in range(RESAMPLES))
    low, high = np.percentile([balanced_accuracy_score(label[d], guess[d]) for d in drawn], [2.5, 97.5])
    recall = {f"{name}, %": right[label == number].mean() for number, name in enumerate(("male", "female"))}
    shares = {"balanced, %": balanced_accuracy_score(label, guess), "from": low, "to": high, **recall}
    return {"faces": len(table)} | {name: 100 * share for name, share in shares.items()}


@click.command()
@click.argument("experiment")
@click.argument("source")
def main(experiment, source):
    """Measure, print, record."""
    faces, run = load_faces(source), runs.load(experiment, task="sex")
    table = run.in_split(TEST).assign(right=run.is_correct(TEST))
    ages = pd.Series(faces.attributes["age"].to_numpy(), faces.row_ids)[faces.split == TEST]
    groups = pd.cut(table["row"].map(ages), AGES, right=False, labels=[f"{a} to {b - 1}" for a, b in pairwise(AGES)])
    rows = {"all": measured(table)} | {name: measured(part) for name, part in table.groupby(groups, observed=True)}
    leaked = near_training(faces)
    click.echo(f"{len(leaked)} of {len(table)} faces are nearly a picture of Training")
    rows[f"all but the {len(leaked)} that are nearly in Training"] = measured(table[~table["row"].isin(leaked)])
    result = pd.DataFrame(rows).T.rename_axis("age").round(1).astype({"faces": int})
    click.echo(result.to_string())
    result.to_csv(RESULTS / "benchmarks" / "sex_by_age.csv")


if __name__ == "__main__":
    main()
