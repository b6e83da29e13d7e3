"""Setting up says in one clear message what is missing, and exits with an error."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def clone(tmp_path):
    """A folder with what the set-up needs, and none of the environment."""
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "setup.sh", tmp_path / "tools")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copy(ROOT / "requirements.lock", tmp_path)
    return tmp_path


def fake_python(folder: Path, body: str) -> Path:
    """A program that answers as some Python would."""
    path = folder / "fake-python"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def set_up(clone: Path, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["sh", "tools/setup.sh"],
        cwd=clone,
        env=os.environ | {"FER_DISK_NEEDED": "1"} | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_too_old_python(clone):
    old = fake_python(clone, 'case "$2" in *exit*) exit 1;; *) echo 3.9;; esac')
    done = set_up(clone, PYTHON=str(old))
    assert done.returncode != 0
    assert "Python 3.11 to 3.13 is needed; found:" in done.stderr and "=3.9" in done.stderr


def test_no_python_at_all(clone):
    done = set_up(clone, PYTHON="no-such-python")
    assert done.returncode != 0 and "found: none" in done.stderr


def test_no_venv_module(clone):
    bare = fake_python(clone, 'case "$2" in *ensurepip*) exit 1;; *exit*) exit 0;; *) echo 3.12;; esac')
    done = set_up(clone, PYTHON=str(bare))
    assert done.returncode != 0 and "no 'venv' module" in done.stderr
    assert "python3-venv" in done.stderr


def test_disk_too_small(clone):
    done = set_up(clone, PYTHON=sys.executable, FER_DISK_NEEDED="999999999")
    assert done.returncode != 0 and "MB are free on this disk" in done.stderr
    assert not (clone / ".venv").exists()


def test_disk_filling_up_while_installing(clone):
    full = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"
    fake_pip(clone, f"echo '{full}'; exit 1")
    done = set_up(clone)
    assert done.returncode != 0 and "the disk is full" in done.stderr
    assert not (clone / ".venv" / ".installed").exists()


def test_no_network(clone):
    fake_pip(clone, "echo 'ERROR: No matching distribution found for tensorflow'; exit 1")
    done = set_up(clone)
    assert done.returncode != 0 and "No matching distribution" in done.stderr
    assert "needs the network" in done.stderr


def test_second_set_up_does_nothing(clone):
    fake_pip(clone, "exit 0")
    first, second = set_up(clone), set_up(clone)
    assert first.returncode == 0 and "Setting up" in first.stdout
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    (clone / "requirements.lock").write_text("six==1.17.0\n")
    assert "Setting up" in set_up(clone).stdout


def fake_pip(clone: Path, body: str) -> None:
    """An environment whose pip does ``body``."""
    folder = clone / ".venv" / "bin"
    folder.mkdir(parents=True)
    python = fake_python(folder, f'case "$1" in -m) {body};; *) exec {sys.executable} "$@";; esac')
    python.rename(folder / "python")
