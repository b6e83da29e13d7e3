"""How much of what a model gets wrong the labels leave open. In: two runs. Out: a table. No Keras.

FER-2013's label is one answer to a face, FER+'s is what most of ten people saw. Where the two differ, a model that is
right in one way is wrong in the other.
"""

import numpy as np
import pandas as pd

from helpers.evaluation import runs
from helpers.faces import DataError
from helpers.faces.tasks import FERPLUS_NAMES

AGREED, DIFFERED, OPEN = "the label", "another expression", "nothing that most agree on"


def accuracy_by_label_agreement(run: runs.Run, seen: runs.Run, split: str) -> pd.DataFrame:
    """Split a test by what most observers saw, and measure a model in each part, in percent.

    Parameters
    ----------
    run : Run
        Measured by FER-2013's labels.
    seen : Run
        Any that was measured by FER+'s; only its labels are used.
    split : str
        Which test.

    Returns
    -------
    DataFrame
        A row for each of what most observers saw: the label, another expression, or none that most agree on. `faces` in
        percent of all; how often the model predicts the label; how often it predicts what most saw.
    """
    if (run.task, seen.task) != ("expressions", "ferplus"):
        raise DataError("takes a run of the task expressions and one of ferplus, in this order")
    if run.config["data"]["fingerprint"] != seen.config["data"]["fingerprint"]:
        raise DataError(f"{run.name} and {seen.name} were not measured on the same faces")
    classes = np.array(run.classes)
    y_true, y_prob = run.targets_and_probabilities(split)
    label, predicted = classes[y_true], classes[y_prob.argmax(axis=1)]
    theirs = seen.in_split(split).set_index("row")["label"]
    names = [FERPLUS_NAMES.get(name, name) for name in seen.classes]
    most = run.in_split(split)["row"].map(theirs.map(dict(enumerate(names)))).to_numpy()
    known = pd.notna(most)
    part = np.where(~known, OPEN, np.where(most == label, AGREED, DIFFERED))
    table = pd.DataFrame(
        {"predicts the label": predicted == label, "predicts what most saw": np.where(known, predicted == most, np.nan)}
    ).astype(float)
    shares = pd.Series(part).value_counts(normalize=True).rename("faces")
    rows = table.groupby(part).mean().join(shares)[["faces", *table]]
    return 100 * rows.reindex([AGREED, DIFFERED, OPEN]).rename_axis("most observers saw")
