import copy
import pickle
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.faces import DataError, Faces
from helpers.faces.sampling import proportional

CLASSES = ("angry", "happy", "sad")


def make(count=60, **changes):
    random = np.random.default_rng(1)
    values = {
        "images": random.integers(0, 256, (count, 48, 48), dtype=np.uint8),
        "labels": np.arange(count) % 3,
        "classes": CLASSES,
        "split": np.where(np.arange(count) < count // 2, "Training", "PublicTest"),
        "votes": random.integers(0, 10, (count, 2), dtype=np.uint8),
        "vote_names": ("yes", "no"),
        "attributes": pd.DataFrame({"age": np.arange(count)}),
    }
    return Faces(**{**values, **changes})


def test_nothing_can_be_changed():
    faces = make()
    for values in (faces.images, faces.labels, faces.split, faces.row_ids, faces.votes):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = values[1]
    with pytest.raises(AttributeError, match="cannot be changed"):
        faces.name = "other"
    table = faces.attributes
    table.loc[0, "age"] = 99
    assert faces.attributes.age[0] == 0


def test_the_callers_array_stays_the_callers():
    images = np.zeros((2, 48, 48), np.uint8)
    faces = make(2, images=images)
    images[0] = 7
    assert faces.images.max() == 0


def test_a_read_only_array_is_not_copied():
    images = np.zeros((2, 48, 48), np.uint8)
    images.flags.writeable = False
    assert make(2, images=images).images is images


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda f: pickle.loads(pickle.dumps(f))])
def test_copies_are_equal_and_as_immutable(duplicate):
    faces = make()
    twin = duplicate(faces)
    assert twin.equals(faces)
    assert twin.fingerprint == faces.fingerprint
    with pytest.raises(ValueError, match="read-only"):
        twin.images[0] = 0


@pytest.mark.parametrize("field", ["images", "labels", "split", "votes", "row_ids", "attributes"])
def test_equals_sees_every_difference(field):
    faces = make()
    other = make()._values()
    if field == "attributes":
        other["attributes"] = other["attributes"].assign(age=1)
    else:
        other[field] = other[field][::-1]
    assert not faces.equals(Faces(**other))
    assert faces.equals(faces.replace(name="other"))


def test_part_keeps_everything_of_a_row_together():
    faces = make()
    part = faces.in_split("PublicTest")
    assert part.row_ids.tolist() == list(range(30, 60))
    assert part.attributes.age.tolist() == part.row_ids.tolist()
    assert (part.images == faces.images[30:]).all()
    assert (part.votes == faces.votes[30:]).all()
    assert np.shares_memory(part.images, faces.images), "contiguous rows are a view"
    with pytest.raises(DataError, match=r"no faces in split PrivateTest.*Training 30"):
        faces.in_split("PrivateTest")


def test_select_numbers_classes_in_the_order_given():
    chosen = make().select("sad", "angry")
    assert chosen.classes == ("sad", "angry")
    assert (chosen.row_ids % 3 == np.where(chosen.labels == 0, 2, 0)).all()
    assert len(chosen) == 40
    with pytest.raises(DataError, match="no class 'glad': there are angry, happy, sad"):
        make().select("glad")
    with pytest.raises(DataError, match="at least one class"):
        make().select()


def test_relabel_merges_and_drops():
    faces = make()
    feelings = faces.relabel({"sad": "negative", "angry": "negative", "happy": "positive"})
    assert feelings.classes == ("negative", "positive")
    assert (feelings.labels == (faces.labels == 1)).all()
    two = faces.relabel({"angry": None, "happy": "up", "sad": "down"})
    assert two.classes == ("up", "down")
    assert two.row_ids.tolist() == [row for row in range(60) if row % 3]


@pytest.mark.parametrize(
    "mapping, complaint",
    [
        ({"angry": "a", "happy": "b"}, "no new name for sad"),
        ({"angry": "a", "happy": "b", "sad": "c", "glad": "d"}, "no class 'glad'"),
        (dict.fromkeys(CLASSES), "every class is dropped"),
    ],
)
def test_relabel_says_what_is_wrong(mapping, complaint):
    with pytest.raises(DataError, match=complaint):
        make().relabel(mapping)


def test_a_sample_is_stratified_and_seeded():
    faces = make(300)
    part = faces.sample(frac=0.1, seed=3)
    assert (part.counts() == 5).all(axis=None)
    assert part.equals(faces.sample(n=30, seed=3))
    assert not part.equals(faces.sample(n=30, seed=4))
    assert faces.sample(frac=1.0).equals(faces)
    assert len(faces.sample(n=0)) == 0
    for wrong in ({"n": 301}, {"n": -1}, {"frac": 1.5}, {"frac": 0.0}, {}, {"n": 3, "frac": 0.1}):
        with pytest.raises(DataError):
            faces.sample(**wrong)


@given(st.lists(st.integers(1, 500), min_size=1, max_size=20), st.data())
def test_shares_are_exact_and_possible(sizes, data):
    sizes = np.array(sizes)
    total = data.draw(st.integers(0, int(sizes.sum())))
    shares = proportional(sizes, total)
    assert shares.sum() == total
    assert (shares <= sizes).all() and (shares >= 0).all()
    if total >= len(sizes):
        assert shares.min() >= 1


def test_class_weights_balance():
    labels = [0, 0, 0, 1, 1, 1, 1, 1, 1]
    weights = make(9, labels=labels).class_weights()
    assert weights == {0: 1.5, 1: 0.75}


def test_counts():
    counts = make(6).counts()
    assert counts.index.tolist() == list(CLASSES)
    assert counts.columns.tolist() == ["Training", "PublicTest"]
    assert counts.to_numpy().tolist() == [[1, 1]] * 3


def test_fingerprint_is_of_what_a_model_sees():
    faces = make()
    assert re.fullmatch("[0-9a-f]{16}", faces.fingerprint)
    same = make(votes=None, vote_names=None, attributes=None, name="other")
    assert same.fingerprint == faces.fingerprint
    images = faces.images.copy()
    images[5, 5, 5] ^= 1
    changes = [
        {"images": images},
        {"labels": faces.labels[::-1]},
        {"classes": ("a", "b", "c")},
        {"split": faces.split[::-1]},
    ]
    seen = {make(**change).fingerprint for change in changes} | {faces.fingerprint}
    assert len(seen) == 5


@pytest.mark.parametrize(
    "changes, complaint",
    [
        ({"images": np.zeros((3, 48, 48))}, "images must be uint8"),
        ({"images": np.zeros((3, 64, 64), np.uint8)}, "images must be uint8"),
        ({"labels": [0, 1]}, "2 labels for 3 images"),
        ({"labels": [0, 1, 3]}, "labels of 3 classes are 0 to 2, not 0 to 3"),
        ({"labels": [0.0, 1.0, 2.0]}, "labels must be whole numbers"),
        ({"classes": ("a", "b", "a")}, "different names"),
        ({"split": ["Training", "Training", "train"]}, "unknown split 'train'"),
        ({"votes": None}, "belong together"),
        ({"vote_names": ("a", "b", "c")}, "3 vote names"),
        ({"votes": [[1, 2], [3, 4], [5, 256]]}, "votes must be whole numbers"),
        ({"attributes": pd.DataFrame({"age": [1]})}, "1 attributes for 3 images"),
    ],
)
def test_wrong_input_is_named(changes, complaint):
    with pytest.raises(DataError, match=re.escape(complaint)):
        make(3, **changes)


def test_shows_itself():
    faces = make(name="<odd>")
    assert repr(faces) == ("Faces('<odd>': 60 faces, 3 classes, votes, attributes; Training 30, PublicTest 30)")
    shown = faces._repr_html_()
    assert shown.count("data:image/png;base64,") == 3
    assert "<odd>" not in shown and "&lt;odd&gt;" in shown
    assert len(shown) < 20_000
    assert "0 faces" in make(0)._repr_html_()


def test_the_face_shown_is_from_training():
    images = np.zeros((4, 48, 48), np.uint8)
    images[2:] = 255
    split = ["PublicTest", "PublicTest", "Training", "Training"]
    dark = make(4, images=images, split=["Training"] * 4, labels=[0, 0, 0, 0])
    light = make(4, images=images, split=split, labels=[0, 0, 0, 0])
    assert dark._repr_html_().split("base64,")[1] != light._repr_html_().split("base64,")[1]
