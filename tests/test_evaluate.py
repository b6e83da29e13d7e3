"""`fer evaluate`: good, odd and hostile sets, and numbers that can be checked by hand."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from layouts import png, write

from helpers.cli.main import main
from helpers.evaluation.other_faces import ask, measure_set
from helpers.faces import DataError, Faces, find_task
from helpers.rendering import rendered_faces

VALENCE = find_task("valence")


def few(labels, classes, attributes=None):
    images = np.zeros((len(labels), 48, 48), np.uint8)
    return Faces(images, labels, classes, ["Test"] * len(labels), attributes=attributes)


def certain(y_pred, classes, p=0.8):
    y_prob = np.full((len(y_pred), classes), (1 - p) / (classes - 1))
    y_prob[np.arange(len(y_pred)), y_pred] = p
    return y_prob


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    faces = rendered_faces((10, 40, 10), progress=False, cache=False).in_split("PublicTest")
    words = {"angry": "Anger", "happy": "happiness", "sad": "sadness"}
    table, files = ["image,expression,person"], {}
    for number, (image, label) in enumerate(zip(faces.images, faces.labels, strict=True)):
        word = faces.classes[label]
        files[f"faces/{number}.png"] = png(image)
        table.append(f"{number}.png,{words.get(word, word)},{number // 2}")
    files["faces/contempt.png"] = files["faces/0.png"]
    table.append("contempt.png,Contempt,99")
    files["labels.csv"] = "\n".join(table).encode()
    return write(files, tmp_path_factory.mktemp("set"))


def run(*words):
    return CliRunner().invoke(main, ["evaluate", *map(str, words)])


def test_a_report_is_written(folder, tmp_path):
    done = run(folder, "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert "40 faces" in done.output and "left out: 1 contempt" in done.output
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    faces = pd.read_csv(tmp_path / "faces.csv")
    assert metrics["accuracy"] == pytest.approx((faces["label"] == faces["predicted"]).mean())
    low, high = metrics["accuracy_interval"]
    assert low < metrics["accuracy"] < high and metrics["left out"] == {"contempt": 1}
    page = (tmp_path / "report.html").read_text()
    wrong = faces[faces["label"] != faces["predicted"]].sort_values("probability of label")
    assert wrong["file"].iloc[0] in page and "http" not in page.replace("https://www.w3.org", "")
    assert faces.filter(regex="^p ").sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-3)


def test_a_coarser_task_is_answered_by_adding_up(folder, tmp_path):
    fine, coarse = tmp_path / "fine", tmp_path / "coarse"
    assert run(folder, "--out", fine).exit_code == run(folder, "--task", "valence", "--out", coarse).exit_code == 0
    fine, coarse = (pd.read_csv(place / "faces.csv").set_index("file") for place in (fine, coarse))
    assert set(coarse["label"]) <= set(VALENCE.classes) and len(coarse) < len(fine)  # surprise is left out
    shares = fine.loc[coarse.index, "p happy"] / (1 - fine.loc[coarse.index, "p surprise"])
    assert coarse["p positive"].to_numpy() == pytest.approx(shares.to_numpy(), abs=1e-3)


def test_faces_are_looked_for(folder, tmp_path):
    done = run(folder, "--find", "--out", tmp_path)
    assert done.exit_code == 0 and "no face was found in" in done.output, done.output


@pytest.mark.parametrize(
    ("files", "words", "message"),
    [
        ({"labels.csv": b"image,label\na.png,smirking\n"}, (), "not known: smirking (a.png is the first)"),
        ({"smirking/a.png": b"", "happy/b.png": b""}, (), "b.png is empty"),
        ({"labels.csv": b"image,label\na.png,contempt\n"}, (), "does not answer the task expressions"),
        ({"labels.csv": b"image,label\na.png,happy\n"}, ("--task", "sex"), "says nothing of 'sex'"),
        ({"labels.csv": b"image,label\na.png,happy\n"}, ("--split", "Nightly"), "has no Nightly: there are"),
        ({"labels.csv": b"image,label\na.png,happy\n"}, ("--model", "nobody"), "there is no exported model nobody"),
        ({"notes.txt": b"nothing"}, (), "no data in"),
    ],
)  # fmt: skip
def test_what_cannot_be_measured_is_named(tmp_path, files, words, message):
    picture = {} if "notes.txt" in files else {"a.png": png(np.zeros((48, 48), np.uint8))}
    done = run(write(picture | files, tmp_path / "set"), "--out", tmp_path / "out", *words)
    assert done.exit_code == 1 and message in done.output, done.output
    assert not (tmp_path / "out").exists()


def test_one_face_of_one_class_is_enough(tmp_path):
    picture = png(rendered_faces((8, 1, 1), progress=False, cache=False).images[0])
    done = run(write({"a.png": picture, "labels.csv": b"image,label\na.png,joy\n"}, tmp_path), "--out", tmp_path / "o")
    assert done.exit_code == 0, done.output


def test_numbers_are_those_of_a_sheet_of_paper():
    faces = few([0, 0, 0, 1], ("happy", "sad"), pd.DataFrame({"person": [1, 1, 2, 3], "view": list("abab")}))
    report = measure_set(faces, certain(np.array([0, 1, 0, 1]), 2), np.array([0.5, 0.5]))
    assert report.metrics["accuracy"] == 0.75 and report.metrics["balanced_accuracy"] == pytest.approx((2 / 3 + 1) / 2)
    assert report.classes.loc["sad", "precision"] == 0.5 and report.classes.loc["happy", "recall"] == pytest.approx(
        2 / 3
    )
    assert report.confusion.to_numpy().tolist() == [[2, 1], [0, 1]]
    assert report.groups.query("attribute == 'view'")["accuracy"].tolist() == [1.0, 0.5]
    assert report.worst()["person"].tolist() == [1]
    assert report.metrics["smile_auc"] == pytest.approx(2.5 / 3)


def test_known_priors_mend_a_shift_of_labels():
    random = np.random.default_rng(0)
    y_true = random.choice(2, 4000, p=[0.9, 0.1])
    evidence = random.normal(2 * y_true - 1, 1.2)
    p = 1 / (1 + np.exp(-2 * evidence / 1.44))  # what Bayes says where both are as frequent
    report = measure_set(few(y_true, ("happy", "sad")), np.column_stack([1 - p, p]), np.array([0.5, 0.5]))
    plain, estimated, true = report.priors["accuracy"]
    assert plain + 0.05 < estimated and abs(estimated - true) < 0.01


def test_people_are_resampled_not_faces():
    labels = np.repeat(np.arange(2), 100)
    wrong = np.where(np.arange(200) % 100 < 50, labels, 1 - labels)
    alone = few(labels, ("happy", "sad"), pd.DataFrame({"person": np.arange(200)}))
    few_people = few(labels, ("happy", "sad"), pd.DataFrame({"person": np.arange(200) // 50}))
    width = [
        np.diff(measure_set(f, certain(wrong, 2), np.array([0.5, 0.5])).metrics["accuracy_interval"])[0]
        for f in (alone, few_people)
    ]
    assert width[1] > 3 * width[0]


def test_labels_in_the_tasks_own_words_are_taken():
    faces, left = ask(VALENCE, few([0, 1, 2], ("positive", "angry", "surprise")))
    assert faces.classes == VALENCE.classes and len(faces) == 2 and left == {"surprise": 1}
    with pytest.raises(DataError, match="not known: meh"):
        ask(VALENCE, few([0, 1], ("positive", "meh")))
