"""The house is as its plan says: imports go one way, files hold nothing of somebody's machine."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HELPERS = ROOT / "src" / "helpers"

#: A room may import those before it. Rooms in one tuple are neighbours.
ROOMS = (
    ("config", "system"),
    ("faces",),
    ("rendering",),
    ("datasets",),
    ("evaluation",),
    ("models",),
    ("training",),
    ("inference", "export"),
    ("figures",),
    ("cli",),
    ("__main__",),
)
PLACE = {room: place for place, rooms in enumerate(ROOMS) for room in rooms}


def room_of(path: Path) -> str:
    return path.relative_to(HELPERS).parts[0].removesuffix(".py")


def modules() -> list[Path]:
    return sorted(path for path in HELPERS.rglob("*.py") if path != HELPERS / "__init__.py")


def imported(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
            if node.module == "helpers":
                names += [f"helpers.{alias.name}" for alias in node.names]
    return names


def tracked() -> list[Path]:
    """Files that git tracks, and new ones it does not ignore."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout, so there is no list of the project's files")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(HELPERS)))
def test_imports_go_one_way(path):
    here = room_of(path)
    for name in imported(path):
        parts = name.split(".")
        if parts[0] == "helpers" and len(parts) > 1 and parts[1] in PLACE and parts[1] != here:
            assert PLACE[parts[1]] <= PLACE[here], f"{here} imports {parts[1]}, to its right"


def test_app_knows_recognition_and_what_is_recorded_only():
    known = {"inference", "config", "faces", "evaluation", "rendering", "system"}  # of helpers
    for path in (ROOT / "src" / "webapp").rglob("*.py"):
        rooms = {name.split(".")[1] for name in imported(path) if name.startswith("helpers.")}
        assert rooms <= known, path.name


def test_no_helper_knows_the_app():
    knowing = {path for path in modules() if "webapp" in {n.split(".")[0] for n in imported(path)}}
    assert knowing == {HELPERS / "cli" / "serve.py"}


def test_recognition_knows_no_training_code():
    for path in (HELPERS / "inference").glob("*.py"):
        rooms = {name.split(".")[1] for name in imported(path) if name.startswith("helpers.")}
        assert not rooms & {"training", "models", "export", "datasets", "figures"}, path.name


def test_imports_make_no_circle():
    """Modules that import each other, directly or through others, as they are read."""
    names = {".".join(p.relative_to(HELPERS.parent).with_suffix("").parts): p for p in modules()}
    names = {name.removesuffix(".__init__"): path for name, path in names.items()}

    def read_first(path):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in tree.body:  # not those inside functions
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("helpers"):
                inside = [f"{node.module}.{alias.name}" for alias in node.names]
                found = [name for name in inside if name in names]
                yield from found or ([node.module] if node.module in names else [])

    graph = {name: set(read_first(path)) - {name} for name, path in names.items()}
    while leaves := [name for name, needs in graph.items() if not needs & graph.keys()]:
        for name in leaves:
            del graph[name]
    packages = {name for name in graph if names[name].name == "__init__.py"}
    assert not graph.keys() - packages, graph


def test_every_room_is_on_the_plan():
    plan = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = {room_of(path) for path in modules()}
    assert rooms <= set(PLACE), "place the new room in ROOMS above"
    rooms.discard("__main__")
    missing = [room for room in rooms if f"`{room}" not in plan and f"helpers/{room}" not in plan]
    assert not missing, f"docs/architecture.md does not mention {missing}"


def test_only_models_and_what_trains_them_wait_for_keras():
    found = {p for p in modules() if "keras" in {name.split(".")[0] for name in imported(p)}}
    assert {room_of(path) for path in found - {HELPERS / "cli" / "options.py"}} <= {"models", "training", "export"}


def test_training_code_does_not_name_the_test_set():
    for room in ("training", "models"):
        for path in (HELPERS / room).rglob("*.py"):
            assert "PrivateTest" not in re.sub(r'""".*?"""', "", path.read_text(), flags=re.S)


def test_the_top_holds_about_ten_rooms():
    assert len({room_of(path) for path in modules()} - {"__main__"}) <= 12


def test_no_backend_is_called_by_name():
    backends = {"tensorflow", "jax", "torch"}
    others = [path for path in modules() if path != HELPERS / "export" / "formats.py"]  # LiteRT
    found = {path.name: backends & {n.split(".")[0] for n in imported(path)} for path in others}
    assert not {name: libraries for name, libraries in found.items() if libraries}


def test_only_config_builds_paths_of_the_project():
    guilty = [
        path.name for path in modules() if path.name != "config.py" and "__file__" in path.read_text(encoding="utf-8")
    ]
    assert not guilty


def test_no_machine_path_in_any_file():
    somebodys = re.compile(rb"(?<![\w.$])/(?:home|root|Users)/\w|[A-Z]:\\\\Users")
    guilty = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path != Path(__file__).resolve() and path.suffix not in {".png", ".npz"}
        if somebodys.search(path.read_bytes())
    ]
    assert guilty in ([], ["tests/test_committed.py"])  # that one plants a path


def test_no_large_or_photographic_file():
    files = tracked()
    assert not [path.name for path in files if path.stat().st_size > 8_000_000]
    photographs = {".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".mp4"}
    assert not [path.name for path in files if path.suffix.lower() in photographs]
    tables = [path for path in files if path.suffix == ".parquet"]  # could hold pictures
    assert all(path.is_relative_to(ROOT / "results") for path in tables)
    pictures = [path for path in files if path.suffix == ".png"]
    samples = ROOT / "src" / "webapp" / "static" / "samples"  # drawn by the program: tests/test_webapp.py compares
    assert {path.parent for path in pictures} <= {ROOT / "figures", ROOT / "docs", samples}


def test_modules_are_small():
    long = {p.name: n for p in modules() if (n := len(p.read_text().splitlines())) > 400}
    assert not long
