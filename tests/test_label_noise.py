"""What the labels leave open, on six faces whose answers are known."""

import numpy as np
import pandas as pd
import pytest

from helpers.evaluation import runs
from helpers.evaluation.label_noise import accuracy_by_label_agreement
from helpers.faces import DataError

OURS = ("angry", "happy", "sad")
THEIRS = ("neutral", "happiness", "sadness", "anger", "contempt")


def made(classes, rows, labels, predicted, task="expressions", fingerprint="same"):
    said = pd.DataFrame(np.eye(len(classes))[predicted], columns=list(classes))
    said.insert(0, "label", labels)
    said.insert(0, "row", rows)
    said.insert(0, "split", "PrivateTest")
    config = {"data": {"fingerprint": fingerprint}}
    return runs.Run("made_up", 0, config, pd.DataFrame(), said, task)


@pytest.fixture
def run():
    """Labels: happy thrice, angry, sad twice; the fourth and the sixth are named otherwise."""
    return made(OURS, range(10, 16), [1, 1, 1, 0, 2, 2], [1, 1, 1, 2, 2, 0])


@pytest.fixture
def seen():
    """Most saw: happy, happy, neutral, sad, nothing, contempt."""
    labels = [1, 1, 0, 2, 4]
    return made(THEIRS, [10, 11, 12, 13, 15], labels, labels, "ferplus")


def test_faces_are_split_by_what_most_saw(run, seen):
    table = accuracy_by_label_agreement(run, seen, "PrivateTest")
    assert table["faces"].tolist() == pytest.approx([100 / 3, 50, 100 / 6])
    assert table["predicts the label"].tolist() == pytest.approx([100, 100 / 3, 100])
    what_most_saw = table["predicts what most saw"]
    assert what_most_saw.tolist()[:2] == pytest.approx([100, 100 / 3])  # the fourth: sad
    assert np.isnan(what_most_saw.iloc[2])


def test_parts_add_up_to_the_accuracy(run, seen):
    table = accuracy_by_label_agreement(run, seen, "PrivateTest")
    total = (table["faces"] * table["predicts the label"]).sum() / 1e4
    assert total == pytest.approx(4 / 6)
    assert run.is_correct("PrivateTest").mean() == pytest.approx(4 / 6)


def test_other_faces_or_the_wrong_order_are_refused(run, seen):
    with pytest.raises(DataError, match="in this order"):
        accuracy_by_label_agreement(seen, run, "PrivateTest")
    other = made(THEIRS, [10], [1], [1], "ferplus", fingerprint="other")
    with pytest.raises(DataError, match="were not measured on the same faces"):
        accuracy_by_label_agreement(run, other, "PrivateTest")
