import itertools
import json
import os
import shutil
import subprocess
import sys
import types

import numpy as np
import pytest
from click.testing import CliRunner
from layouts import few_faces, pictures, png, table, votes_table, write, write_parquet, write_tar, write_zip

from helpers import config
from helpers.cli.main import main
from helpers.datasets import DataError, download, load_faces, loading
from helpers.datasets.cache import cache_folder
from helpers.datasets.check import FER2013, count_differences, looks_like_fer2013
from helpers.datasets.sources import find_sources
from helpers.faces import EXPRESSIONS, Faces, store

FACES = few_faces()
BARE = FACES.replace(votes=None, vote_names=None)


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """An empty project of its own for every test."""
    monkeypatch.setattr(config, "RAW", tmp_path / "raw")
    monkeypatch.setattr(config, "PROCESSED", tmp_path / "processed")
    monkeypatch.delenv("FER_DATA", raising=False)
    config.RAW.mkdir()
    return tmp_path


@pytest.fixture
def rendered(monkeypatch):
    """A stand-in for the built-in faces, which take long to draw."""
    faces = few_faces(21).replace(name="rendered")
    module = types.SimpleNamespace(rendered_faces=lambda cache, progress: faces)
    monkeypatch.setitem(sys.modules, "helpers.rendering", module)
    return faces


def write_npz(faces, path):
    np.savez_compressed(
        path, images=faces.images, emotion=faces.labels.astype(np.int8), usage=faces.split, votes=faces.votes
    )
    return path


LAYOUTS = {
    "csv": lambda folder: write({"fer2013.csv": table(FACES)}, folder),
    "csv and votes": lambda folder: write({"fer2013.csv": table(FACES), "fer2013new.csv": votes_table(FACES)}, folder),
    "votes elsewhere": lambda folder: write(
        {"fer2013.csv": table(FACES), "FERPlus-master/fer2013new.csv": votes_table(FACES)}, folder
    ),
    "icml": lambda folder: write({"icml_face_data.csv": table(FACES, "emotion, Usage, pixels")}, folder),
    "zip of csv": lambda folder: write_zip({"fer2013.csv": table(FACES)}, folder / "archive.zip"),
    "parquet": lambda folder: write_parquet(FACES, folder / "any.parquet"),
    "npz": lambda folder: write_npz(FACES, folder / "any.npz"),
    "folders": lambda folder: write(pictures(FACES), folder),
    "zip of folders": lambda folder: write_zip(pictures(FACES), folder / "archive.zip"),
    "tar of folders": lambda folder: write_tar(pictures(FACES), folder / "archive.tar"),
    "wrapped": lambda folder: write(pictures(FACES), folder / "archive" / "fer"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_equal_faces(layout):
    LAYOUTS[layout](config.RAW)
    faces = load_faces(progress=False)
    assert (faces.images == FACES.images).all()
    assert (faces.labels == FACES.labels).all()
    assert (faces.split == FACES.split).all()
    assert faces.classes == FACES.classes
    assert faces.fingerprint == FACES.fingerprint
    has_votes = layout in ("csv and votes", "votes elsewhere", "parquet", "npz")
    assert (faces.votes is not None) == has_votes
    if has_votes:
        assert (faces.votes == FACES.votes).all()
        assert faces.vote_names == FACES.vote_names
    again = load_faces(progress=False)
    assert again.equals(faces)
    assert load_faces(cache=False, progress=False).equals(faces)


def test_parquet_keeps_other_columns_as_attributes():
    write_parquet(FACES, config.RAW / "any.parquet")
    assert load_faces(progress=False).attributes.exact.tolist() == [True, False] * 21


@pytest.mark.parametrize(
    "columns, complaint",
    [
        ({"image": [b"x"] * 42}, "any.parquet, row 1: the picture is no picture"),
        ({"image": ["text"] * 42}, "row 1: the image is no picture file's bytes"),
        ({"emotion": [0] * 41 + [7]}, "row 42: unknown emotion 7"),
        ({"emotion": ["sad"] * 41 + [""]}, "row 42: the emotion is ''"),
        ({"usage": ["Training"] * 41 + ["x"]}, "row 42: unknown usage 'x'"),
        ({"ferplus_sadness": [300] * 42}, "votes must be whole numbers"),
        ({"ferplus_sadness": [None] * 42}, "votes must be whole numbers"),
    ],
)
def test_bad_parquet_is_named(columns, complaint):
    path = write_parquet(FACES, config.RAW / "any.parquet", **columns)
    with pytest.raises(DataError) as raised:
        load_faces(path, progress=False)
    assert complaint in str(raised.value)


@pytest.mark.parametrize("length", [0, 10, 3072, 20_000])
@pytest.mark.parametrize("layout", ["npz", "parquet", "zip of csv", "zip of folders", "tar of folders"])
def test_cut_off_files_are_refused(layout, length):
    LAYOUTS[layout](config.RAW)
    (path,) = config.RAW.iterdir()
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(DataError, match=path.name):
        load_faces(path, progress=False)
    assert not config.PROCESSED.exists() or list(config.PROCESSED.glob("*/about.json")) == []


def test_npz_problems_are_named():
    path = config.RAW / "any.npz"
    np.savez(path, images=FACES.images)
    with pytest.raises(DataError, match=r"any\.npz: a column 'emotion' is needed"):
        load_faces(path)
    np.savez(path, images=FACES.images, emotion=[1, 2])
    with pytest.raises(DataError, match="42 images, but labels of shape"):
        load_faces(path)
    np.savez(path, images=FACES.images, emotion=np.array([None] * 42))
    with pytest.raises(DataError, match="npz file of plain arrays"):
        load_faces(path)


def test_order_of_sources(monkeypatch, rendered, caplog):
    assert load_faces() is rendered, "with nothing there"
    write(pictures(few_faces(21, seed=3)), config.RAW / "faces")
    assert load_faces(progress=False).name == "faces"
    write({"fer2013.csv": table(FACES)}, config.RAW)
    assert load_faces(progress=False).name == "fer2013.csv"
    assert "Loading fer2013.csv; there is also faces." in caplog.text
    monkeypatch.setenv("FER_DATA", str(config.RAW / "faces"))
    assert load_faces(progress=False).name == "faces"
    assert load_faces(config.RAW / "fer2013.csv", progress=False).name == "fer2013.csv"
    assert load_faces("rendered") is rendered
    monkeypatch.setenv("FER_DATA", "rendered")
    assert load_faces() is rendered


def test_the_best_of_several_is_preferred():
    for number, make in enumerate(LAYOUTS.values()):
        (config.RAW / str(number)).mkdir()
        make(config.RAW / str(number))
    found = find_sources()
    assert [one.layout for one in found] == sorted(
        (one.layout for one in found), key=["csv", "parquet", "npz", "folders"].index
    )
    assert len(found) == len(LAYOUTS)
    assert str(found[0]) == "fer2013.csv + fer2013new.csv"


def test_a_place_that_is_not_there_is_an_error(monkeypatch):
    with pytest.raises(DataError, match="nowhere does not exist"):
        load_faces("nowhere")
    monkeypatch.setenv("FER_DATA", "nowhere")
    with pytest.raises(DataError, match="FER_DATA says so, but nowhere does not exist"):
        load_faces()
    with pytest.raises(DataError, match="no data in"):
        load_faces(config.RAW)


def test_unrelated_files_are_left_alone(rendered):
    write({"notes.txt": b"hi", "table.csv": b"a,b\n1,2\n", "one.png": png(FACES.images[0])}, config.RAW)
    write({"holiday/1.png": png(FACES.images[0]), "cats/1.png": png(FACES.images[0])}, config.RAW)
    write({".download-1/fer2013.csv": table(FACES)}, config.RAW)
    write_zip({"a.txt": b"hi"}, config.RAW / "a.zip")
    (config.RAW / "broken.zip").write_bytes(b"PK")
    assert find_sources() == []
    assert load_faces() is rendered
    assert load_faces(config.RAW, progress=False).classes == ("cats", "holiday")
    with pytest.raises(DataError, match=r"notes\.txt is no known kind of data"):
        load_faces(config.RAW / "notes.txt")


def test_folders_with_neighbours():
    write(pictures(FACES), config.RAW)
    image = png(FACES.images[0])
    write({"CK+48/anger/1.png": image, "CK+48/fear/1.png": image}, config.RAW)
    found = find_sources()
    assert [one.path.name for one in found] == ["raw", "CK+48"]
    assert load_faces(progress=False).replace(attributes=None).equals(BARE)
    assert load_faces(config.RAW / "CK+48", progress=False).classes == ("angry", "fear")


def test_links_are_followed(project):
    LAYOUTS["folders"](project / "elsewhere")
    (config.RAW / "linked").symlink_to(project / "elsewhere", target_is_directory=True)
    (config.RAW / "circle").symlink_to(config.RAW, target_is_directory=True)
    (project / "elsewhere" / "circle").symlink_to(project / "elsewhere")
    assert load_faces(progress=False).replace(attributes=None).equals(BARE)


def test_votes_that_do_not_line_up_are_an_error():
    other = FACES.replace(split=FACES.split[::-1])
    write({"fer2013.csv": table(FACES), "fer2013new.csv": votes_table(other)}, config.RAW)
    with pytest.raises(DataError, match=r"row 1: its usage is 'PrivateTest'.* do not line up"):
        load_faces(progress=False)


def opened_sets() -> list[str]:
    return sorted(path.parent.name for path in config.PROCESSED.glob("*/about.json"))


def test_the_cache_follows_the_content(monkeypatch):
    path = write({"fer2013.csv": table(FACES)}, config.RAW) / "fer2013.csv"
    load_faces(progress=False)
    (kept,) = opened_sets()
    reads = []
    monkeypatch.setattr(loading, "_read", lambda *_: reads.append(1))
    os.utime(path, ns=(1, 1))
    assert load_faces(progress=False).equals(BARE), "the same content at another time"
    moved = config.RAW / "deeper" / "fer2013.csv"
    moved.parent.mkdir()
    path.rename(moved)
    assert load_faces(progress=False).equals(BARE), "the same content elsewhere"
    assert reads == [] and opened_sets() == [kept]


def test_changed_content_is_read_again():
    path = write({"fer2013.csv": table(FACES)}, config.RAW) / "fer2013.csv"
    load_faces(progress=False)
    path.write_bytes(table(few_faces(42, seed=1)))
    assert not load_faces(progress=False).equals(BARE)
    path.write_bytes(table(FACES))
    (config.RAW / "fer2013new.csv").write_bytes(votes_table(FACES))
    assert load_faces(progress=False).equals(FACES), "votes count, too"


def test_a_changed_folder_is_read_again():
    write(pictures(FACES), config.RAW)
    load_faces(progress=False)
    shutil.rmtree(config.RAW / "train" / "happy")
    assert len(load_faces(progress=False).select("happy").counts().columns) == 2


def test_a_damaged_cache_is_made_anew():
    write({"fer2013.csv": table(FACES)}, config.RAW)
    load_faces(progress=False)
    folder = cache_folder(find_sources()[0])
    (folder / "images.npy").write_bytes(b"")
    for note in (config.PROCESSED / "keys").iterdir():
        note.write_text("{")
    assert load_faces(progress=False).equals(BARE)
    assert store.load(folder).equals(BARE)


def test_an_interrupted_reading_leaves_no_cache(monkeypatch):
    write({"fer2013.csv": table(FACES)}, config.RAW)

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(np, "save", interrupted)
        with pytest.raises(KeyboardInterrupt):
            load_faces(progress=False)
    assert [path.name for path in config.PROCESSED.iterdir()] == ["keys"]
    assert load_faces(progress=False).equals(BARE)


def test_loading_imports_no_keras():
    program = "import sys, helpers.datasets; print({'keras', 'tensorflow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def full_size(split_names=config.SPLITS) -> Faces:
    """As many faces as FER-2013 has, all black."""
    counts = [(split, label, count) for split in FER2013 for label, count in enumerate(FER2013[split])]
    images = np.broadcast_to(np.zeros((48, 48), np.uint8), (35_887, 48, 48))
    labels = np.repeat([c[1] for c in counts], [c[2] for c in counts])
    split = np.repeat(
        [dict(zip(config.SPLITS, split_names, strict=True))[c[0]] for c in counts], [c[2] for c in counts]
    )
    return Faces(images, labels, EXPRESSIONS.classes, split, name="black")


def test_known_counts():
    whole = full_size()
    assert FER2013.sum().tolist() == [28_709, 3_589, 3_589]
    assert looks_like_fer2013(whole) and count_differences(whole) == [] == loading.data_warnings(whole)
    lacking = whole.take(np.arange(1, len(whole)))
    assert count_differences(lacking) == ["Training angry: 3994 instead of 3995"]
    assert loading.data_warnings(lacking) == [
        "black has not the counts of FER-2013: Training angry: 3994 instead of 3995."
    ]


def test_known_counts_where_the_tests_are_mixed():
    mixed = full_size(("Training", "Test", "Test"))
    assert looks_like_fer2013(mixed) and count_differences(mixed) == []
    assert "nothing tells PublicTest from PrivateTest" in loading.data_warnings(mixed)[0]
    other = FACES.replace(split=np.where(FACES.split == "Training", "Training", "Test"))
    assert not looks_like_fer2013(other), "another set with the same classes"
    assert not looks_like_fer2013(FACES.select("happy", "sad"))


def run(*words):
    return CliRunner().invoke(main, ["data", *words])


def test_status_with_nothing_there():
    done = run("status")
    assert done.exit_code == 0
    assert "No data in" in done.output and "fer data get" in done.output
    assert "kaggle.com/datasets/msambare/fer2013" in done.output
    assert json.loads(run("status", "--json").output)["loads"] == "rendered"


def test_status_names_what_is_there():
    LAYOUTS["csv and votes"](config.RAW)
    write(pictures(FACES), config.RAW / "copy")
    report = json.loads(run("status", "--json", "--quick").output)
    assert [one["cached"] for one in report["found"]] == [False, False]
    report = json.loads(run("status", "--json").output)
    assert report["loads"] == str(config.RAW / "fer2013.csv")
    first, second = report["found"]
    assert first["votes"] and not second["votes"] and first["cached"]
    assert first["counts"]["Training"]["happy"] == 2
    assert first["complete"] is False and "instead of 7215" in first["problem"]
    text = run("status").output
    assert "-> fer2013.csv + fer2013new.csv" in text and "with FER+ votes" in text


def test_status_names_what_is_broken():
    write({"fer2013.csv": table(FACES)[:-500]}, config.RAW)
    done = run("status")
    assert done.exit_code == 1
    assert "problem: fer2013.csv, line 43" in done.output


def test_table_cut_off_between_two_rows_is_known_to_be_incomplete(caplog):
    write({"fer2013.csv": table(FACES.in_split("Training"))}, config.RAW)
    (warning,) = loading.data_warnings(load_faces(progress=False), True)
    assert "has not the counts of FER-2013" in warning
    assert "has not the counts of FER-2013" in caplog.text
    done = run("status")
    assert done.exit_code == 1 and "instead of 7215" in done.output


@pytest.mark.parametrize("files", [{}, {"fer2013new.csv": votes_table(FACES)}])
def test_status_and_loading_refuse_a_named_place_without_faces(project, files):
    (project / "mine").mkdir()
    write(files, project / "mine")
    with pytest.raises(DataError, match="no data in"):
        load_faces(project / "mine")
    done = run("status", str(project / "mine"))
    assert done.exit_code == 1 and "no data in" in done.output


def kaggle(monkeypatch, files, error=None):
    """Replace kagglehub by one that delivers `files`."""

    def deliver(handle, output_dir):
        for number, (name, data) in enumerate(files.items()):
            if error and number > 5:
                raise error
            write({name: data}, config.RAW.__class__(output_dir))
        return output_dir

    module = types.SimpleNamespace(dataset_download=deliver, competition_download=deliver)
    monkeypatch.setitem(sys.modules, "kagglehub", module)


@pytest.mark.parametrize("layout", ["folders", "csv"])
def test_get_puts_a_complete_set_in_place(monkeypatch, layout):
    monkeypatch.setattr(download, "count_differences", lambda faces: [])
    files = pictures(FACES) if layout == "folders" else {"icml_face_data.csv": table(FACES)}
    kaggle(monkeypatch, files)
    done = run("get", "--dest", str(config.RAW), "--layout", layout)
    assert done.exit_code == 0, done.output
    name = {"folders": "fer2013", "csv": "icml_face_data.csv"}[layout]
    assert [path.name for path in config.RAW.iterdir()] == [name]
    assert load_faces(progress=False).replace(attributes=None).equals(BARE)
    again = run("get", "--dest", str(config.RAW), "--layout", layout)
    assert again.exit_code == 1 and "is there already" in again.output


def test_get_takes_the_table_out_of_its_archive(monkeypatch, project):
    monkeypatch.setattr(download, "count_differences", lambda faces: [])
    write({"fer2013/README": b"", "fer2013/fer2013.csv": table(FACES)}, project / "t")
    shutil.make_archive(project / "fer2013", "gztar", project / "t")
    kaggle(monkeypatch, {"fer2013.tar.gz": (project / "fer2013.tar.gz").read_bytes()})
    assert run("get", "--dest", str(config.RAW), "--layout", "csv").exit_code == 0
    assert load_faces(progress=False).equals(BARE)


BAD = dict(itertools.islice(pictures(FACES).items(), 10)) | {"train/happy/Training_0.png": b"x"}


@pytest.mark.parametrize(
    "files, error, complaint",
    [
        (pictures(FACES), ConnectionError("no route"), "it cannot be reached from here"),
        (pictures(FACES), PermissionError("401: who are you?"), "who are you?"),
        (pictures(FACES), None, "not complete (Training angry: 2 instead of 3995"),
        (BAD, None, "Training_0.png is no picture"),
        ({"README.md": b"hello"}, None, "holds no data"),
    ],
)
def test_a_failed_download_leaves_nothing(monkeypatch, files, error, complaint):
    kaggle(monkeypatch, files, error)
    done = run("get", "--dest", str(config.RAW))
    assert done.exit_code == 1
    assert complaint in done.output
    assert list(config.RAW.iterdir()) == []


def test_an_interrupted_download_leaves_nothing(monkeypatch):
    kaggle(monkeypatch, pictures(FACES), KeyboardInterrupt())
    assert run("get", "--dest", str(config.RAW)).exit_code != 0
    assert list(config.RAW.iterdir()) == []
