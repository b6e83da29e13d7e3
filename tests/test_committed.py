"""The checks of committed notebooks notice what they are there for."""

import base64
import errno
import io
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image

import committed
import notebooks

ROOT = Path(__file__).resolve().parent.parent


def picture(value: int) -> str:
    buffer = io.BytesIO()
    Image.fromarray(np.full((8, 8), value, np.uint8)).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def cell(source: str, number: int, *outputs):
    made = nbformat.v4.new_code_cell(source, execution_count=number, outputs=list(outputs))
    made.metadata = {"collapsed": True, "tags": ["kept"]}
    return made


def shown(value: int):
    return nbformat.v4.new_output("display_data", data={"image/png": picture(value)})


def printed(text: str):
    return nbformat.v4.new_output("stream", name="stdout", text=text)


@pytest.fixture
def book():
    cells = [cell("1 + 1", 1, printed("2\n")), cell("draw()", 2, shown(100))]
    return nbformat.v4.new_notebook(cells=cells)


@pytest.fixture
def path(tmp_path, book):
    path = tmp_path / "01_some.ipynb"
    committed.write(path, book, nbformat.v4.new_notebook())
    return path


def change(path, how):
    book = nbformat.read(path, as_version=4)
    how(book)
    nbformat.write(book, path)
    return committed.complaints(path)


def test_refreshed_notebook_passes(path):
    assert committed.complaints(path) == []


def test_source_newer_than_its_output_is_noticed(path):
    def edit(book):
        book.cells[0].source = "1 + 2"

    assert "not those that `make refresh` wrote" in change(path, edit)[0]


def test_output_from_elsewhere_is_noticed(path):
    def show_somebody(book):
        book.cells[1].outputs = [shown(7)]

    assert "not those that `make refresh` wrote" in change(path, show_somebody)[0]


@pytest.mark.parametrize(
    ("how", "complaint"),
    [
        (lambda book: book.cells[1].update(execution_count=5), "in order"),
        (lambda book: book.cells[1].update(execution_count=None), "in order"),
        (lambda book: book.cells[0].update(outputs=[printed("/home/ada/x.csv")]), "path of a machine"),
        (
            lambda book: book.cells[0].update(
                outputs=[nbformat.v4.new_output("error", ename="E", evalue="", traceback=[])]
            ),
            "is an error",
        ),
        (
            lambda book: book.cells[0].update(outputs=[nbformat.v4.new_output("stream", name="stderr", text="old")]),
            "error stream",
        ),
    ],
)
def test_unfit_notebook_is_noticed(path, how, complaint):
    assert complaint in change(path, how)[0]


def test_metadata_is_cleaned(path):
    book = nbformat.read(path, as_version=4)
    assert book.cells[0].metadata == {"tags": ["kept"]}
    assert book.metadata.language_info == {"name": "python"}
    assert not committed.clean_file(path)
    change(path, lambda book: book.cells[0].metadata.update(collapsed=True))
    assert committed.clean_file(path)
    assert committed.complaints(path) == []


def test_outputs_that_mean_the_same_stay_byte_for_byte(book, path):
    before = path.read_bytes()
    book.cells[1].outputs = [shown(101)]  # a shade that nobody sees
    committed.write(path, book, nbformat.reads(before.decode(), as_version=4))
    assert path.read_bytes() == before


def test_outputs_that_changed_are_written(book, path):
    before = path.read_bytes()
    book.cells[1].outputs = [shown(140)]
    committed.write(path, book, nbformat.reads(before.decode(), as_version=4))
    assert path.read_bytes() != before
    assert committed.complaints(path) == []


def test_a_figure_that_is_shown_at_another_width_is_written(book, path):
    before = path.read_bytes()
    book.cells[1].outputs[0].metadata = {"image/png": {"width": 4}}
    committed.write(path, book, nbformat.reads(before.decode(), as_version=4))
    assert path.read_bytes() != before


def test_failing_notebook_is_told_and_the_others_run(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(notebooks, "COPIES", tmp_path / "copies")
    monkeypatch.setattr(notebooks, "NOTEBOOKS", tmp_path)
    paths = []
    for name, source in {"01_good": "print('fine')", "02_bad": "x = 1\n1 / 0"}.items():
        paths.append(tmp_path / f"{name}.ipynb")
        nbformat.write(nbformat.v4.new_notebook(cells=[cell(source, None)]), paths[-1])
    kept = []
    failed = notebooks.execute_all(paths, {}, 2, lambda path, book: kept.append(path))
    assert (failed, kept) == ([paths[1]], [paths[0]])
    told = capsys.readouterr().out
    assert "ok     01_good" in told
    assert "FAILED 02_bad" in told and "cell 1 (x = 1): ZeroDivisionError" in told
    assert (tmp_path / "copies" / "02_bad.ipynb").exists()


def test_full_disk_is_told_in_plain_words(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(notebooks, "COPIES", tmp_path / "copies")
    monkeypatch.setattr(notebooks, "NOTEBOOKS", tmp_path)
    path = tmp_path / "01_good.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell("1", None)]), path)

    def keep(path, book):
        raise OSError(errno.ENOSPC, "No space left on device")

    assert notebooks.execute_all([path], {}, 1, keep) == [path]
    assert "the disk is full: free some space" in capsys.readouterr().out


def test_figures_are_those_of_the_notebooks():
    paths = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
    kept = {path.stem for path in (ROOT / "figures").glob("*.png")}
    assert kept == {name for name, _, _ in committed.figure_rows(paths)}
    assert (ROOT / "figures" / "README.md").read_text() == committed.figure_map(paths)


def test_figure_drawn_out_of_sight_is_told(tmp_path):
    book = nbformat.v4.new_notebook(cells=[cell('figures.save("03_x", drawn)', 1)])
    nbformat.write(book, tmp_path / "03_x.ipynb")
    with pytest.raises(ValueError, match="hides which function"):
        committed.figure_rows([tmp_path / "03_x.ipynb"])
