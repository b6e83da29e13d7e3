"""``fer predict``: pictures, folders, videos; what cannot be read is told and skipped."""

import csv
import io
import json

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from helpers.cli.main import main
from helpers.faces import EXPRESSIONS
from helpers.rendering import contact_sheet


def frame(expression: str) -> np.ndarray:
    face = np.pad(contact_sheet([expression], 1, photograph=False), 24, "edge")
    return np.repeat(face[..., None], 3, axis=2)


@pytest.fixture
def folder(tmp_path):
    Image.fromarray(frame("happy")).save(tmp_path / "a.png")
    (tmp_path / "inside").mkdir()
    Image.fromarray(np.full((80, 90, 3), 128, np.uint8)).save(tmp_path / "inside" / "b.jpg")
    (tmp_path / "notes.txt").write_text("not a picture, and not asked for")
    return tmp_path


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (240, 240))
    for expression in ("happy", "happy", "surprise", "surprise"):
        writer.write(np.ascontiguousarray(frame(expression)))
    writer.release()
    return path


def predict(*words):
    return CliRunner().invoke(main, ["predict", *map(str, words)])


def test_people_read_lines(folder):
    done = predict(folder)
    assert done.exit_code == 0, done.output
    first, second = done.stdout.splitlines()
    assert "a.png: 😀 happy" in first and first.count("%") == 3
    assert second.endswith("b.jpg: no face found")


def test_programs_read_json_and_csv(folder):
    happy, nobody = json.loads(predict(folder, "--json").stdout)
    assert nobody["faces"] == []
    (face,) = happy["faces"]
    assert face["top"][0]["name"] == "happy" and face["top"][0]["emoji"] == "😀"
    assert sum(face["scores"].values()) == pytest.approx(1, abs=0.001)
    (row,) = csv.DictReader(io.StringIO(predict(folder, "--csv").stdout))
    assert int(row["width"]) == face["box"]["width"]
    assert max(EXPRESSIONS.classes, key=lambda name: float(row[name])) == "happy"


def test_copies_have_boxes_and_keep_apart(folder, tmp_path):
    Image.fromarray(frame("sad")).save(folder / "inside" / "a.png")
    out = tmp_path / "annotated"
    for _ in range(2):  # a second time, the same files
        assert predict(folder / "a.png", folder / "inside", "--out", out).exit_code == 0
        assert sorted(path.name for path in out.iterdir()) == ["a-2.png", "a.png", "b.png"]
    drawn = np.asarray(Image.open(out / "a.png")).astype(int)
    assert (drawn.max(axis=2) - drawn.min(axis=2)).max() > 100  # a colour on the grey picture


def test_originals_are_never_written_over(folder, video):
    before = {path: path.read_bytes() for path in (folder / "a.png", video)}
    for _ in range(2):
        assert predict(folder / "a.png", video, "--out", folder).exit_code == 0
    assert {path: path.read_bytes() for path in before} == before
    assert (folder / "a-2.png").exists()


def test_what_was_made_is_no_source_of_more(folder):
    made = folder / "annotated"
    for _ in range(2):
        assert predict(folder, "--out", made).exit_code == 0
    assert sorted(path.name for path in made.iterdir()) == ["a.png", "b.png"]


def test_a_folder_without_pictures_is_told(tmp_path):
    done = predict(tmp_path)
    assert done.exit_code == 2 and "there is no picture and no video" in done.stderr


def test_copies_may_go_beside_the_originals(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    done = predict(folder.name, "--out", folder)  # the same folder, named in another way
    assert done.exit_code == 0 and "a.png: 😀 happy" in done.stdout


def test_a_folder_that_cannot_be_written_is_told(folder):
    done = predict(folder / "a.png", "--out", folder / "notes.txt" / "inside")
    assert done.exit_code == 1 and "cannot be written to" in done.stderr


def test_videos_are_read_frame_by_frame(video, tmp_path):
    seen = json.loads(predict(video, "--json", "--every", 2, "--out", tmp_path / "out").stdout)
    assert [one["frame"] for one in seen] == [0, 2]
    assert [one["faces"][0]["top"][0]["name"] for one in seen] == ["happy", "surprise"]
    copy = cv2.VideoCapture(str(tmp_path / "out" / "film.mp4"))
    assert copy.get(cv2.CAP_PROP_FRAME_COUNT) == 2


def test_bad_files_are_told_and_skipped(folder):
    (folder / "text.jpg").write_text("no picture")
    (folder / "film.mp4").write_text("no video")
    done = predict(folder, "--json")
    assert done.exit_code == 1
    assert len(json.loads(done.stdout)) == 2
    assert "text.jpg is no picture" in done.stderr
    assert "film.mp4 is no video" in done.stderr
    assert "2 of 4 could not be read" in done.stderr
    assert predict(folder / "gone.png").exit_code == 2
    assert predict(folder / "a.png", "--model", "nobody").exit_code == 1
