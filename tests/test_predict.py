"""``fer predict``: pictures, folders, videos; what cannot be read is told and skipped."""

import csv
import io
import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from PIL import Image

from helpers import figures
from helpers.cli.main import main
from helpers.cli.recognized import Seen
from helpers.faces import EXPRESSIONS
from helpers.inference.films import read_film, write_film
from webapp import samples


def frame(expression: str) -> np.ndarray:
    return np.repeat(samples.draw(expression)[..., None], 3, axis=2)


@pytest.fixture
def folder(tmp_path):
    Image.fromarray(frame("happy")).save(tmp_path / "a.png")
    (tmp_path / "inside").mkdir()
    Image.fromarray(np.full((80, 90, 3), 128, np.uint8)).save(tmp_path / "inside" / "b.jpg")
    (tmp_path / "notes.txt").write_text("not a picture, and not asked for")
    return tmp_path


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "film.mp4"
    with write_film(path, 10) as film:
        for expression in ("happy", "happy", "surprise", "surprise"):
            film.write(frame(expression))
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
    assert done.exit_code == 2 and "there is no picture and no film" in done.stderr


def test_copies_may_go_beside_the_originals(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    done = predict(folder.name, "--out", folder)  # the same folder, named in another way
    assert done.exit_code == 0 and "a.png: 😀 happy" in done.stdout


def test_a_folder_that_cannot_be_written_is_told(folder):
    done = predict(folder / "a.png", "--out", folder / "notes.txt" / "inside")
    assert done.exit_code == 1 and "cannot be written to" in done.stderr


def test_videos_are_read_frame_by_frame(video, tmp_path):
    out = tmp_path / "out"
    seen = json.loads(predict(video, "--json", "--every", 2, "--smooth", 0, "--out", out).stdout)
    assert [(one["frame"], one["seconds"]) for one in seen] == [(0, 0), (2, 0.2)]
    faces = [face for one in seen for face in one["faces"]]
    assert [(face["track"], face["top"][0]["name"]) for face in faces] == [(1, "happy"), (1, "surprise")]
    assert [one.seconds for one in read_film(out / "film.mp4")] == pytest.approx([0, 0.2])
    rows = list(csv.DictReader((out / "film.csv").open()))
    assert [(row["frame"], row["seconds"], row["track"]) for row in rows] == [("0", "0.0", "1"), ("2", "0.2", "1")]
    assert float(rows[1]["surprise"]) == pytest.approx(faces[1]["scores"]["surprise"])
    assert Image.open(out / "film.png").width > 500
    assert sorted(path.name for path in out.iterdir()) == ["film.csv", "film.mp4", "film.png"]


def test_bad_files_are_told_and_skipped(folder):
    (folder / "text.jpg").write_text("no picture")
    (folder / "film.mp4").write_text("no video")
    done = predict(folder, "--json")
    assert done.exit_code == 1
    assert len(json.loads(done.stdout)) == 2
    assert "text.jpg is no picture" in done.stderr
    assert "film.mp4 is no film" in done.stderr
    assert "2 of 4 could not be read" in done.stderr
    assert predict(folder / "gone.png").exit_code == 2
    assert predict(folder / "a.png", "--model", "nobody").exit_code == 1


def test_what_was_read_is_kept_when_a_film_is_interrupted(video, tmp_path, monkeypatch):
    shown = []

    def interrupted(self):
        shown.append(self.frame)
        if len(shown) == 3:
            raise KeyboardInterrupt
        return {"frame": self.frame}

    monkeypatch.setattr(Seen, "as_dict", interrupted)
    done = predict(video, "--json", "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert json.loads(done.stdout.replace("Aborted!", "")) == [{"frame": 0}, {"frame": 1}]
    assert len(list(read_film(tmp_path / "out" / "film.mp4"))) == 3
    rows = list(csv.DictReader((tmp_path / "out" / "film.csv").open()))
    assert [row["frame"] for row in rows] == ["0", "1", "2"] and all(rows[2].values())


def test_fewer_faces_may_be_read_by_another_finder(tmp_path):
    Image.fromarray(np.hstack([frame("happy"), frame("surprise")])).save(tmp_path / "two.png")
    for finder in ("ours", "haar"):
        done = predict(tmp_path / "two.png", "--json", "--max-faces", 1, "--finder", finder)
        assert len(json.loads(done.stdout)[0]["faces"]) == 1
        assert "two.png has 2 faces: only the largest 1 are read" in done.stderr


def test_a_timeline_shows_the_faces_that_take_up_most_and_breaks_where_they_are_away():
    seconds = [0.0, 0.1, 0.2, 5.0, 5.1]
    one = pd.DataFrame({"seconds": seconds, "track": 7, "width": 50, "height": 50, "happy": 0.25, "sad": 0.75})
    others = [one.assign(track=track, width=side) for track, side in ((2, 80), (3, 9))]
    figure = figures.expression_timeline(pd.concat([one, *others]), ["happy", "sad"], {"happy": "#123456"}, tracks=2)
    assert [axes.get_title("left") for axes in figure.axes] == ["face 2", "face 7"]
    happy = figure.axes[0].lines[0]
    assert happy.get_color() == "#123456" and np.isnan(happy.get_ydata()).tolist() == [False] * 3 + [True, False]
    nobody = figures.expression_timeline(one[:0], ["happy", "sad"])
    assert nobody.axes[0].get_title("left") == "no face was found" and nobody.png.startswith(b"\x89PNG")
