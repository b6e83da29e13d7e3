"""Execute, refresh and check the notebooks.

run      execute copies in build/notebooks/ and make the site of them; the checkout stays as it is
refresh  execute the committed notebooks in place, with the rendered faces only
check    say which committed notebook is not exactly what ``refresh`` wrote, and why
clean    drop the metadata that editors leave behind (for pre-commit)
"""

import argparse
import errno
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from tqdm import tqdm

import committed
import publish
from formulas import PublishError

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
COPIES = ROOT / "build" / "notebooks"
SITE = ROOT / "site"
SECONDS_PER_CELL = 900


def find(names: list[str]) -> list[Path]:
    """Give the notebooks that were named (``01``, ``01_x``, ``notebooks/01_x.ipynb``), or all."""
    everything = sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))
    if not names:
        return everything
    found = []
    for name in names:
        matches = [path for path in everything if path.name.startswith(Path(name).stem)]
        if not matches:
            sys.exit(f"No notebook starts with '{name}'. There are: {_listed(everything)}")
        found += matches
    return found


def execute(notebook: nbformat.NotebookNode, environment: dict[str, str], progress: tqdm) -> None:
    """Execute all cells in order, outputs into ``notebook``; raises what nbclient raises."""
    client = NotebookClient(
        notebook,
        timeout=SECONDS_PER_CELL,
        kernel_name="python3",
        record_timing=False,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(NOTEBOOKS)}},
        on_cell_executed=lambda **_: progress.update(),
    )
    client.execute(env=os.environ | environment)


def explain(error: Exception, notebook: nbformat.NotebookNode) -> str:
    """Say in a few lines what stopped a notebook and where."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "the disk is full: free some space, then run it again"
    if not isinstance(error, CellExecutionError):
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"
    for number, cell in enumerate(notebook.cells, start=1):
        if any(output.output_type == "error" for output in cell.get("outputs", [])):
            first = cell.source.strip().splitlines()[0]
            return f"cell {number} ({first}): {error.ename}: {error.evalue}"
    return f"{error.ename}: {error.evalue}"


def execute_all(paths: list[Path], environment: dict[str, str], jobs: int, keep) -> list[Path]:
    """Execute notebooks, ``jobs`` at a time, one line each; return those that failed.

    ``keep(path, notebook)`` is called with each notebook that ran to its end.
    """
    notebooks = {path: nbformat.read(path, as_version=4) for path in paths}
    cells = sum(cell.cell_type == "code" for book in notebooks.values() for cell in book.cells)
    failed = []

    with tqdm(total=cells, unit="cell", leave=False, disable=None) as progress:

        def one(path: Path) -> None:
            start = time.perf_counter()
            try:
                execute(notebooks[path], environment, progress)
                keep(path, notebooks[path])
                mark, story = "ok    ", ""
            except (CellExecutionError, CellTimeoutError, DeadKernelError, OSError) as error:
                failed.append(path)
                with suppress(OSError):  # on a full disk there is no copy to look at
                    COPIES.mkdir(parents=True, exist_ok=True)
                    nbformat.write(notebooks[path], COPIES / path.name)
                mark, story = "FAILED", f"\n         {explain(error, notebooks[path])}"
            seconds = time.perf_counter() - start
            tqdm.write(f"  {mark} {path.stem:<36} {seconds:6.1f} s{story}")

        with ThreadPoolExecutor(jobs) as pool:
            list(pool.map(one, paths))
    return sorted(failed)


def draw_built_in_faces() -> None:
    """Make the built-in data first, with its own progress bar, and not inside some notebook."""
    command = [sys.executable, "-m", "helpers", "faces", "make"]
    if subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL).returncode:
        sys.exit("The built-in faces could not be drawn; the lines above say why. Is the disk full?")


def run(paths: list[Path], jobs: int) -> int:
    """Execute copies, build the site, say what to open."""
    draw_built_in_faces()
    COPIES.mkdir(parents=True, exist_ok=True)
    print(f"Executing {len(paths)} notebook(s) into {_short(COPIES)}/ ...")
    failed = execute_all(paths, {}, jobs, lambda path, book: nbformat.write(book, COPIES / path.name))
    done = [COPIES / path.name for path in paths if path not in failed]
    if done:
        shutil.rmtree(SITE, ignore_errors=True)
        try:
            index = publish.write_site(done, SITE)
        except PublishError as error:
            print(f"\nThe site is not complete: {error}", file=sys.stderr)
            return 1
        print(f"\nOpen {_short(index)} in a browser to read the executed notebooks.")
        print("`make lab` opens them in JupyterLab, `make slides` turns them into decks.")
    return _closing(failed)


def refresh(paths: list[Path], jobs: int) -> int:
    """Execute in place; what did not change stays as it is, byte for byte."""
    draw_built_in_faces()
    print(f"Refreshing {len(paths)} notebook(s) in place, with the rendered faces ...")
    before = {path: nbformat.read(path, as_version=4) for path in paths}
    failed = execute_all(
        paths, {"FER_DATA": "rendered"}, jobs, lambda path, book: committed.write(path, book, before[path])
    )
    committed.write_figure_map(sorted(NOTEBOOKS.glob("[0-9]*.ipynb")))
    return _closing(failed)


def check(paths: list[Path]) -> int:
    """Print what is wrong with each committed notebook."""
    complaints = [line for path in paths for line in committed.complaints(path)]
    for line in complaints:
        print(line, file=sys.stderr)
    if not complaints:
        print(f"{len(paths)} notebook(s) are as `make refresh` wrote them.")
    return bool(complaints)


def clean(paths: list[Path]) -> int:
    """Drop editors' metadata in place; exit code 1 where something was dropped."""
    return len([path for path in paths if committed.clean_file(path)]) > 0


def _closing(failed: list[Path]) -> int:
    if failed:
        print(f"\n{len(failed)} notebook(s) failed: {_listed(failed)}.", file=sys.stderr)
        print(f"The copies in {_short(COPIES)}/ hold the whole error.", file=sys.stderr)
    return bool(failed)


def _listed(paths: list[Path]) -> str:
    return ", ".join(path.stem for path in paths)


def _short(path: Path) -> Path:
    return path.relative_to(ROOT)


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=["run", "refresh", "check", "clean"])
    parser.add_argument("names", nargs="*", help="notebooks, by number or name; all by default")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (default: 2)")
    arguments = parser.parse_args()
    paths = find(arguments.names)
    if arguments.verb in ("run", "refresh"):
        return {"run": run, "refresh": refresh}[arguments.verb](paths, arguments.jobs)
    return {"check": check, "clean": clean}[arguments.verb](paths)


if __name__ == "__main__":
    sys.exit(main())
