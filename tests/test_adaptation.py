"""A model on other people's faces: priors, two heads, a few labels."""

import numpy as np
import pytest

from helpers.evaluation.adaptation import correct_priors, estimate_priors, few_shot_curve, fit_few_shot

OLD = np.array([0.5, 0.3, 0.2])


def drawn(shares, count: int, seed: int = 0, apart: float = 2.0):
    """Draw labels with these shares, and give the exact probabilities that follow where classes are as OLD says."""
    random = np.random.default_rng(seed)
    y_true = random.choice(3, count, p=shares)
    seen = random.normal(0, 1, (count, 3)) + apart * np.eye(3)[y_true]
    weighted = OLD * np.exp(apart * seen)
    return y_true, weighted / weighted.sum(axis=1, keepdims=True)


def test_priors_that_stay_change_nothing():
    _, y_prob = drawn(OLD, 50)
    assert np.allclose(correct_priors(y_prob, OLD, OLD), y_prob)


def test_priors_are_estimated_without_labels():
    new = np.array([0.1, 0.2, 0.7])
    y_true, y_prob = drawn(new, 20_000)
    found = estimate_priors(y_prob, OLD)
    assert found == pytest.approx(new, abs=0.01)
    before = (y_prob.argmax(axis=1) == y_true).mean()
    after = (correct_priors(y_prob, OLD, found).argmax(axis=1) == y_true).mean()
    assert after > before + 0.01


def test_corrected_probabilities_are_calibrated():
    new = np.array([0.1, 0.2, 0.7])
    y_true, y_prob = drawn(new, 50_000, apart=1.0)
    mean = correct_priors(y_prob, OLD, new).mean(axis=0)
    assert mean == pytest.approx(np.bincount(y_true) / len(y_true), abs=0.01)


def test_a_few_labels_mend_a_shift_of_definitions():
    """Half of what shows class 0 is called class 2 by the other set's annotators."""
    y_true, y_prob = drawn(OLD, 1000)
    told = np.where((y_true == 0) & (np.arange(1000) % 4 > 0), 2, y_true)
    before = (y_prob[200:].argmax(axis=1) == told[200:]).mean()
    corrected = fit_few_shot([y_prob[:200]], told[:200])([y_prob[200:]])
    assert (corrected.argmax(axis=1) == told[200:]).mean() > before + 0.05
    assert np.allclose(corrected.sum(axis=1), 1)
    with pytest.raises(ValueError, match="two classes"):
        fit_few_shot([y_prob[:5]], np.zeros(5, int))


def test_the_head_that_is_right_wins():
    y_true, y_prob = drawn(OLD, 800, apart=3.0)
    noise = np.random.default_rng(1).dirichlet(np.ones(3), 800)
    corrected = fit_few_shot([noise[:100], y_prob[:100]], y_true[:100])([noise[100:], y_prob[100:]])
    assert (corrected.argmax(axis=1) == y_true[100:]).mean() > 0.9 * (
        y_prob[100:].argmax(axis=1) == y_true[100:]
    ).mean()


def test_few_labels_change_little():
    _, y_prob = drawn(OLD, 500)
    labels = np.array([0, 1])
    corrected = fit_few_shot([y_prob[:2]], labels)([y_prob[2:]])
    assert (corrected.argmax(axis=1) == y_prob[2:].argmax(axis=1)).mean() > 0.9


def test_balance_gives_rare_classes_more():
    y_true, y_prob = drawn(np.array([0.9, 0.07, 0.03]), 2000, apart=1.5)
    recall = []
    for balance in (0.0, 1.0):
        y_pred = fit_few_shot([y_prob[:500]], y_true[:500], balance)([y_prob[500:]]).argmax(axis=1)
        recall.append([(y_pred[y_true[500:] == label] == label).mean() for label in range(3)])
    assert recall[1][2] > recall[0][2] and recall[1][0] < recall[0][0]


def test_labels_help_on_people_of_whom_none_was_lent():
    y_true, y_prob = drawn(OLD, 900)
    told = np.where((y_true == 0) & (np.arange(900) % 4 > 0), 2, y_true)
    table = few_shot_curve([y_prob], told, np.arange(900) // 3, (50, 300), repeats=3)
    assert list(table.index) == [0, 50, 300]
    assert table.loc[0, "accuracy"] + 0.05 < table.loc[300, "accuracy"]


def test_people_who_lend_labels_are_not_measured():
    """Nobody's label is as the model says it: all of it would have to be learnt from the person's own faces."""
    people = np.repeat(np.arange(6), 50)
    renamed = np.array([3, 0, 5, 1, 2, 4])[people]  # no two people have the same label
    table = few_shot_curve([np.eye(6)[people]], renamed, people, (100,), repeats=3)
    assert table.loc[100, "accuracy"] == 0
