import mmap
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from test_faces import make

from helpers.faces import DataError, store


def test_round_trip(tmp_path):
    faces = make(name="a set")
    loaded = store.load(store.save(faces, tmp_path / "deep" / "set"))
    assert loaded.equals(faces)
    assert loaded.name == "a set"
    bare = make(votes=None, vote_names=None, attributes=None)
    assert store.load(store.save(bare, tmp_path / "bare")).equals(bare)


def test_pictures_stay_on_disk(tmp_path):
    loaded = store.load(store.save(make(), tmp_path / "set"))
    for images in (loaded.images, loaded.in_split("Training").images):
        while isinstance(images, np.ndarray):
            images = images.base
        assert isinstance(images, mmap.mmap)
    with pytest.raises(ValueError, match="read-only"):
        loaded.images[0] = 0


def test_saving_again_replaces(tmp_path):
    store.save(make(), tmp_path / "set")
    store.save(make(9), tmp_path / "set")
    assert len(store.load(tmp_path / "set")) == 9
    assert [entry.name for entry in tmp_path.iterdir()] == ["set"]


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, OSError("disk full")])
def test_an_interruption_leaves_nothing(tmp_path, monkeypatch, interruption):
    written = []

    def save(path, *_, **__):
        written.append(path)
        if len(written) == 3:
            raise interruption

    monkeypatch.setattr(store.np, "save", save)
    with pytest.raises((KeyboardInterrupt, OSError)):
        store.save(make(), tmp_path / "set")
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_leaves_the_old_set(tmp_path, monkeypatch):
    store.save(make(), tmp_path / "set")
    monkeypatch.setattr(store.json, "dumps", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        store.save(make(9), tmp_path / "set")
    assert len(store.load(tmp_path / "set")) == 60


def test_damage_is_named(tmp_path):
    with pytest.raises(DataError, match="holds no stored faces"):
        store.load(tmp_path / "nowhere")
    folder = store.save(make(), tmp_path / "set")
    images = folder / "images.npy"
    for length in (5000, 100, 0):
        images.write_bytes(images.read_bytes()[:length])
        with pytest.raises(DataError, match="damaged, delete it"):
            store.load(folder)


def test_another_version_is_refused(tmp_path, monkeypatch):
    folder = store.save(make(), tmp_path / "set")
    monkeypatch.setattr(store, "VERSION", store.VERSION + 1)
    with pytest.raises(DataError, match="version"):
        store.load(folder)


def test_several_at_once_do_not_harm_each_other(tmp_path):
    faces = make()

    def save_and_load(_):
        return store.load(store.save(faces, tmp_path / "set")).equals(faces)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(save_and_load, range(40)))
    assert [entry.name for entry in tmp_path.iterdir()] == ["set"]


def test_what_a_killed_writer_left_is_swept_away(tmp_path):
    old, young = tmp_path / ".set-1.part", tmp_path / ".set-2.part"
    old.mkdir()
    young.mkdir()
    os.utime(old, (0, 0))
    store.save(make(), tmp_path / "set")
    assert not old.exists() and young.exists()
