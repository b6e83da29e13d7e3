"""The shipped model on faces of other people: each head alone, both, and what a few labels bring.

    python benchmarks/other_faces.py SOURCE

SOURCE is a set of labelled faces as `fer evaluate` takes it; the recorded one is news photographs, each labelled by one
student of a course. Labels are measured by, and are learnt from only where the table says how many: those of half the
people, on the other half (mean of eight draws). Written to results/benchmarks/: other_faces.csv, its classes and what
other priors change (other_faces_classes.csv, other_faces_priors.csv), and few_labels.csv.
"""

import click
import numpy as np
import pandas as pd

from helpers.config import RESULTS
from helpers.datasets import load_faces
from helpers.evaluation.adaptation import few_shot_curve
from helpers.evaluation.metrics import classification_metrics
from helpers.evaluation.other_faces import ask, measure_set
from helpers.faces import EXPRESSIONS
from helpers.inference.recognizer import HEADS, ExpressionRecognizer

#: How much of the labels' shares is taken out, so that rare classes are not given up.
BALANCE = (0.0, 0.4)


@click.command()
@click.argument("source")
def main(source):
    """Measure, print, record."""
    faces, _ = ask(EXPRESSIONS, load_faces(source))
    public = load_faces().in_split("PublicTest")
    said, rows, classes, priors = {}, {}, {}, {}
    for head in HEADS:
        recognizer = ExpressionRecognizer(head=head, threads=0)
        said[head] = recognizer.predict_proba(faces.images)
        report = measure_set(faces, said[head], np.bincount(public.labels) / len(public))
        measured, classes[head], priors[head] = report.metrics, report.classes, report.priors
        on_public = classification_metrics(public.labels, recognizer.predict_proba(public.images), public.classes)
        rows[head] = {
            "faces": len(faces),
            "accuracy, %": 100 * measured["accuracy"],
            "balanced, %": 100 * measured["balanced_accuracy"],
            "smile AUC": measured["smile_auc"],
            "confidence, %": 100 * measured["mean_confidence"],
            "calibration error, %": 100 * measured["expected_calibration_error"],
            "PublicTest, %": 100 * on_public["accuracy"],
        }
    curves = [
        few_shot_curve(
            list(said.values()), faces.labels, faces.attributes["person"].to_numpy(), repeats=8, balance=much
        )
        .mul(100)
        .assign(balance=much)
        for much in BALANCE
    ]
    tables = {
        "other_faces": pd.DataFrame(rows).T.rename_axis("head"),
        "other_faces_classes": pd.concat(classes, names=["head", "class"]).drop(columns=["precision", "F1"]),
        "other_faces_priors": pd.concat(priors, names=["head", "priors"]),
        "few_labels": pd.concat(curves),
    }
    for name, table in tables.items():
        click.echo(table.round(4).to_string())
        table.round(4).to_csv(RESULTS / "benchmarks" / f"{name}.csv")


if __name__ == "__main__":
    main()
