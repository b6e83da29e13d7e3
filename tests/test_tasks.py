"""The questions asked of faces: where a data set's labels go, and what a set cannot answer."""

import numpy as np
import pandas as pd
import pytest

from helpers.faces import EXPRESSIONS, TASKS, DataError, Faces, Task, find_task
from helpers.rendering import rendered_faces


@pytest.fixture(scope="module")
def rendered():
    return rendered_faces((140, 35, 35), progress=False, cache=False)


def labelled(classes, labels, **more):
    pictures = np.zeros((len(labels), 48, 48), np.uint8)
    return Faces(pictures, labels, classes, ["Training"] * len(labels), **more)


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_every_task_is_answered_by_rendered_faces(task, rendered):
    faces = task.apply(rendered)
    assert faces.classes == task.classes
    assert task.answered_by(rendered)
    assert set(faces.row_ids) <= set(rendered.row_ids)
    assert all(task.colour(name).startswith("#") for name in task.classes)


def test_classes_that_belong_together_become_one():
    faces = labelled(EXPRESSIONS.classes, np.arange(7))
    valence = TASKS["valence"].apply(faces)
    names = np.array(valence.classes)[valence.labels]
    assert names.tolist() == ["negative", "negative", "negative", "positive", "negative", "neutral"]
    assert 5 not in valence.row_ids  # surprise can be either
    pair = TASKS["happy_or_angry"].apply(faces)
    assert pair.row_ids.tolist() == [0, 3] and pair.labels.tolist() == [1, 0]


def test_a_word_that_a_task_does_not_know_is_left_out():
    faces = labelled(["contempt", "happy", "sad"], [0, 1, 2, 1])
    assert TASKS["four"].apply(faces).row_ids.tolist() == [1, 2, 3]


def test_majority_of_votes_is_a_task():
    votes = np.array([[6, 4, 0], [5, 5, 0], [0, 0, 9], [1, 3, 0]], np.uint8)
    names = ("anger", "happiness", "NF")
    faces = labelled(["happy"], [0] * 4, votes=votes, vote_names=names)
    asked = TASKS["ferplus"].apply(faces)
    assert asked.row_ids.tolist() == [0, 3]  # a tie and no face are left out
    assert [asked.classes[label] for label in asked.labels] == ["anger", "happiness"]
    with pytest.raises(DataError, match="has no votes"):
        TASKS["ferplus"].apply(faces.replace(votes=None, vote_names=None))


def test_an_attribute_is_a_label():
    known = pd.DataFrame({"smile": ["posed", "none", "felt", None]})
    faces = labelled(["happy"], [0] * 4, attributes=known)
    asked = TASKS["smile"].apply(faces)
    assert asked.row_ids.tolist() == [0, 2]
    assert [asked.classes[label] for label in asked.labels] == ["posed", "felt"]
    with pytest.raises(DataError, match="says nothing of 'sex'"):
        TASKS["sex"].apply(faces)


def test_a_set_that_is_labelled_by_sex_answers_it():
    faces = labelled(["male", "female"], [0, 1, 1])
    assert TASKS["sex"].apply(faces).labels.tolist() == [0, 1, 1]
    assert not TASKS["expressions"].answered_by(faces)
    with pytest.raises(DataError, match="does not answer the task expressions: it has male"):
        EXPRESSIONS.apply(faces)


def test_answers_can_be_derived_from_finer_classes():
    y_prob = np.array([[0.1, 0.1, 0.1, 0.3, 0.1, 0.2, 0.1], [0, 0, 0, 0, 0, 1, 0]])
    summed = TASKS["valence"].sum_probabilities(y_prob, EXPRESSIONS.classes)
    assert summed[0] == pytest.approx([0.375, 0.5, 0.125])  # of what is not surprise
    assert summed[1].tolist() == [0, 0, 0]


def test_a_task_that_contradicts_itself_is_refused():
    with pytest.raises(ValueError, match="two answers or more"):
        Task("one", "?", ("happy",), {"happy": "happy"})
    with pytest.raises(ValueError, match="sad is none of its classes"):
        Task("two", "?", ("happy", "angry"), {"sad": "sad"})
    with pytest.raises(DataError, match="no task 'mood': choose one of expressions"):
        find_task("mood")


def test_no_other_module_lists_the_classes():
    """Names of the seven expressions stand together in the registry only."""
    from helpers.config import HOME

    listed = ('"angry", "disgust"', '"angry","disgust"', "'angry', 'disgust'")
    found = [
        path.name
        for path in (HOME / "src").rglob("*")
        if path.suffix in (".py", ".js", ".html", ".css") and path.name != "tasks.py"
        if any(text in path.read_text(encoding="utf-8") for text in listed)
    ]
    assert not found
