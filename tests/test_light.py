"""The light installation: small, quick to import, and enough for recognition and the app."""

import resource
import subprocess
import sys
from importlib import metadata

import pytest
from installation import LIMIT
from packaging.requirements import Requirement
from test_lock import GROUPS

from webapp.samples import FOLDER

HEAVY = {"tensorflow", "keras", "jupyterlab", "matplotlib", "scikit-learn", "pandas", "scipy", "sympy", "av"}
HEAVY |= {"opencv-python-headless"}

#: Run in a process of its own: imports of what the light installation lacks fail.
BLOCK = """
import sys

class Blocked:
    names = {"tensorflow", "keras", "matplotlib", "sklearn", "pandas", "scipy", "pyarrow",
             "seaborn", "joblib", "IPython", "livelossplot", "imagehash", "onnx", "jax", "cv2", "av", "sympy"}

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name.partition(".")[0])

sys.meta_path.insert(0, Blocked())
"""


def light_packages() -> set[str]:
    """Names of the packages that an installation without extras brings."""
    found, left = set(), [Requirement(line).name for line in GROUPS["light"]]
    while left:
        name = left.pop().lower()
        if name in found:
            continue
        found.add(name)
        needed = map(Requirement, metadata.requires(name) or [])
        left += [r.name for r in needed if r.marker is None or r.marker.evaluate({"extra": ""})]
    return found


def run(body: str, *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", BLOCK + body, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_nothing_heavy_comes_with_it():
    assert not light_packages() & HEAVY


def test_it_stays_small():
    size = sum(
        file.locate().stat().st_size
        for name in light_packages()
        for file in metadata.files(name) or []
        if file.locate().is_file()
    )
    assert size / 1e6 < LIMIT - 40  # pip, and what is compiled to bytecode, come on top


def test_recognition_is_imported_in_a_moment():
    """In processor time: other tests may keep the clock waiting."""

    def seconds(body):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", body], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    times = [seconds("import helpers.inference") - seconds("pass") for _ in range(3)]
    assert min(times) < 0.8, times  # half of it on a fast machine; Keras alone takes several seconds


def test_predict_works_without_the_study():
    done = run("from helpers.cli.main import main; main()", "predict", str(FOLDER / "happy.png"))
    assert done.returncode == 0 and "happy.png: 😀 happy" in done.stdout, done.stderr


def test_the_app_works_without_the_study():
    body = (
        "from webapp import create_app; client = create_app().test_client()\n"
        "for path in ('/', '/live', '/dashboard', '/samples/happy.png', '/api/v1/results',\n"
        "             '/api/v1/openapi.json', '/assets/bootstrap.css', '/assets/d3.js'):\n"
        "    print(path, client.get(path).status_code)"
    )
    done = run(body)
    assert done.returncode == 0, done.stderr
    assert {line.split()[1] for line in done.stdout.splitlines()} == {"200"}, done.stdout


def test_a_film_without_the_extra_says_what_is_missing(tmp_path):
    (tmp_path / "film.mp4").write_bytes(b"whatever")
    done = run("from helpers.cli.main import main; main()", "predict", str(tmp_path / "film.mp4"))
    assert done.returncode == 2 and "pip install '.[film]'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("verb", ["train", "results", "data", "export"])
def test_verbs_of_the_study_say_what_is_missing(verb):
    done = run("from helpers.cli.main import main; main()", verb, "--help")
    assert done.returncode == 1 and "make setup" in done.stderr
    assert "Traceback" not in done.stderr
