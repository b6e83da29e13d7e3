"""How large the light installation is, and whether it works on its own.

    python benchmarks/installation.py

Makes an empty environment in a temporary folder, installs the project into it without extras (this asks the network for
packages), prints what each package takes, classifies a picture with ``fer predict``, and asks ``fer serve`` for its
health. Exits with an error beyond LIMIT.
"""

import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from pathlib import Path

import click

from helpers.config import HOME

LIMIT = 260  # megabytes


def megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def served(fer: Path, port: int = 8765) -> str:
    """Start the app, ask how it is, stop it."""
    server = subprocess.Popen([fer, "serve", "--port", str(port)], stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                address = f"http://127.0.0.1:{port}/api/v1/health"
                return urllib.request.urlopen(address, timeout=5).read().decode().strip()
            except OSError:
                time.sleep(0.1)
        return "does not answer"
    finally:
        server.terminate()
        server.wait()


@click.command()
def main():
    """Install, measure, try."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "light"
        venv.create(folder, with_pip=True)
        lock = HOME / "requirements.lock"
        pip = [folder / "bin" / "python", "-m", "pip", "install", "-q", "-c", lock, HOME]
        subprocess.run(pip, check=True)
        (packages,) = folder.glob("lib/python*/site-packages")
        sizes = {path.name: megabytes(path) for path in packages.iterdir() if path.is_dir()}
        for name, size in sorted(sizes.items(), key=lambda item: -item[1])[:12]:
            click.echo(f"{size:6.1f} MB  {name}")
        total = megabytes(folder)
        click.echo(f"{total:6.1f} MB  altogether, pip included (at most {LIMIT})")
        picture = packages / "webapp" / "static" / "samples" / "happy.png"
        fer = folder / "bin" / "fer"
        done = subprocess.run([fer, "predict", picture], cwd=place, capture_output=True, text=True)
        click.echo(f"fer predict: {done.stdout.strip()}{done.stderr.strip()}")
        health = served(fer)
        click.echo(f"fer serve: {health}")
    sys.exit(total > LIMIT or done.returncode != 0 or "ready" not in health)


if __name__ == "__main__":
    main()
