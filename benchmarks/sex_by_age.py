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

from helpers.config import RESULTS, TEST, TRAINING
from helpers.datasets import load_faces
from helpers.evaluation import runs
from helpers.evaluation.other_faces import measure_set
from helpers.faces import TASKS
from helpers.faces.duplicates import near_duplicates

AGES = (0, 5, 15, 30, 45, 60, 120)


def near_training(faces):
    """Name the rows of PrivateTest that are nearly in Training."""
    pairs = near_duplicates(faces)
    ends = faces.split[pairs[["first", "second"]].to_numpy()]
    found = set()
    for own, other in ((0, 1), (1, 0)):
        crossing = (ends[:, own] == TEST) & (ends[:, other] == TRAINING)
        found |= set(faces.row_ids[pairs.iloc[crossing, own]])
    return found


def measured(faces, y_prob):
    """Give balanced accuracy with its interval, and the recall of both, in percent."""
    said = measure_set(faces, y_prob, np.bincount(faces.labels) / len(faces)).metrics
    low, high = said["balanced_accuracy_interval"]
    recall = {f"{name}, %": share for name, share in said["recall"].items()}
    shares = {"balanced, %": said["balanced_accuracy"], "from": low, "to": high, **recall}
    return {"faces": len(faces)} | {name: 100 * share for name, share in shares.items()}


@click.command()
@click.argument("experiment")
@click.argument("source")
def main(experiment, source):
    """Measure, print, record."""
    faces, run = load_faces(source), runs.load(experiment, task="sex")
    asked = TASKS["sex"].apply(faces.in_split(TEST))
    table = run.in_split(TEST).set_index("row").loc[asked.row_ids]
    y_prob = table[list(run.classes)].to_numpy(float)
    y_prob /= y_prob.sum(axis=1, keepdims=True)  # single precision left a trace
    ages = pd.cut(asked.attributes["age"], AGES, right=False, labels=[f"{a} to {b - 1}" for a, b in pairwise(AGES)])
    nearly = np.isin(asked.row_ids, list(near_training(faces)))
    click.echo(f"{nearly.sum()} of {len(asked)} faces are nearly a picture of Training")
    groups = {"all": np.full(len(asked), True)} | {name: (ages == name).to_numpy() for name in ages.cat.categories}
    groups[f"all but the {nearly.sum()} that are nearly in Training"] = ~nearly
    rows = {name: measured(asked.take(chosen), y_prob[chosen]) for name, chosen in groups.items()}
    result = pd.DataFrame(rows).T.rename_axis("age").round(1).astype({"faces": int})
    click.echo(result.to_string())
    result.to_csv(RESULTS / "benchmarks" / "sex_by_age.csv")


if __name__ == "__main__":
    main()
