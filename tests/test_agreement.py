"""Votes, duplicates and descriptions, on data made so that the answers are known."""

import numpy as np
import pandas as pd
import pytest

from helpers.faces import EXPRESSIONS, DataError, Faces, agreement, description, duplicates
from helpers.faces.tasks import FERPLUS_NAMES
from helpers.faces.votes import relabel_by_majority

VOTES = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")


@pytest.fixture
def faces():
    """Noise pictures, two of each expression; a few of them occur again in the tests."""
    random = np.random.default_rng(0)
    coarse = random.integers(0, 256, (14, 12, 12)).astype(np.uint8)
    images = np.kron(coarse, np.ones((1, 4, 4), np.uint8))
    labels = np.repeat(np.arange(7), 2)
    again = np.stack([images[0], images[2], images[5][:, ::-1], images[9]])
    again[3, 20:24, 20:24] ^= 8  # nearly the same
    votes = np.zeros((18, len(VOTES)), np.uint8)
    order = [VOTES.index(name) for name in FERPLUS_NAMES]
    votes[np.arange(18), [order[i % 7] for i in range(18)]] = 10
    return Faces(
        np.concatenate([images, again]),
        [*labels, 0, 3, 2, 4],
        EXPRESSIONS.classes,
        ["Training"] * 14 + ["PublicTest", "PrivateTest", "PublicTest", "PrivateTest"],
        votes=votes,
        vote_names=VOTES,
    )


def test_identical_pictures(faces):
    assert duplicates.identical_summary(faces) == {
        "groups": 2,
        "images": 4,
        "groups with conflicting labels": 1,
        "PublicTest also in Training": 1,
        "PrivateTest also in Training": 1,
    }


def test_near_duplicates_are_found_straight_and_mirrored(faces):
    pairs = duplicates.near_duplicates(faces, progress=False)
    found = {(row.first, row.second): row.mirrored for row in pairs.itertuples()}
    assert found == {(5, 16): True, (9, 17): False}


def test_a_description_comes_back_from_its_files(faces, tmp_path):
    taken = description.describe(faces, progress=False)
    back = description.load(description.save(taken, tmp_path / "described"))
    assert description.description_differences(taken, back) == []
    assert taken.near["PrivateTest near one in Training, identical to none"] == 1
    assert taken.counts.loc["sad", "PrivateTest"] == 1
    assert taken.mean.shape == (7, 48, 48)
    assert taken.histograms.query("measure == 'brightness'")["faces"].sum() == 18


def test_description_without_votes(faces, tmp_path):
    bare = Faces(faces.images, faces.labels, faces.classes, faces.split)
    taken = description.describe(bare, progress=False)
    assert taken.agreement.empty and taken.label_by_votes.empty
    back = description.load(description.save(taken, tmp_path / "described"))
    assert description.description_differences(taken, back) == []


def test_descriptions_that_differ_are_told_apart(faces):
    whole = description.describe(faces, progress=False)
    part = description.describe(faces.in_split("Training"), progress=False)
    different = description.description_differences(whole, part)
    assert {"fingerprint", "counts", "mean", "identical"} <= set(different)


def test_missing_description_says_what_to_do(tmp_path):
    with pytest.raises(DataError, match="fer data describe"):
        description.load(tmp_path)


def test_missing_class_is_named(faces):
    with pytest.raises(DataError, match="no faces of class disgust"):
        description.describe(faces.take(faces.labels != 1), progress=False)


def test_agreement_by_class(faces):
    table = agreement.by_class(faces)
    assert (table["all observers agree"] == 1).all()
    assert (table["entropy in bits"] == 0).all()
    seen = [list(FERPLUS_NAMES.values())[i % 7] for i in range(18)]
    right = np.mean([EXPRESSIONS.classes[label] == name for label, name in zip(faces.labels, seen, strict=True)])
    assert table.loc["all", "most see the label"] == pytest.approx(right)


def test_label_by_votes_counts_every_face(faces):
    table = agreement.label_by_votes(faces)
    assert table.to_numpy().sum() == len(faces)
    assert list(table.columns) == [*EXPRESSIONS.classes, "contempt", "level"]
    counts = pd.Series(faces.labels).value_counts().sort_index().tolist()
    assert table.sum(axis=1).tolist() == counts


def test_majority_follows_the_rule_of_ferplus():
    names = (*VOTES, "unknown", "NF")
    happy, sad = names.index("happiness"), names.index("sadness")
    votes = np.zeros((5, len(names)), np.uint8)
    votes[0, [happy, sad]] = 6, 4
    votes[1, [happy, sad]] = 5, 5  # no more than half
    votes[2, [happy, sad, 0, 6]] = 4, 3, 1, 2  # 4 of the 9 that count
    votes[3, [happy, 0, 2, 4, 5, 6]] = 5, 1, 1, 1, 1, 1  # single voices do not count
    votes[4, 9] = 10  # not a face
    faces = Faces(
        np.zeros((5, 48, 48), np.uint8), [0] * 5, EXPRESSIONS.classes, ["Training"] * 5, votes=votes, vote_names=names
    )
    kept = relabel_by_majority(faces)
    assert kept.row_ids.tolist() == [0, 3]
    assert [kept.classes[label] for label in kept.labels] == ["happiness", "happiness"]
    assert kept.classes == VOTES
    with pytest.raises(DataError, match="no votes"):
        relabel_by_majority(faces.replace(votes=None, vote_names=None))
